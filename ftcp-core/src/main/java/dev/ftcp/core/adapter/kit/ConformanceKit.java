package dev.ftcp.core.adapter.kit;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.adapter.SessionStart;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/**
 * Checks an {@link Adapter} against the promise that matters (G2, G6): whatever the instant of the takeover, a client sees a stream
 * that it could have seen without it, or the beginning of one and then a reset with a reason.
 *
 * <p>For every cut of a recorded dialogue it follows the dialogue as a primary does, with random segments of which only what the
 * adapter asks for is sure to be captured; rebuilds a session from that log, resumes it against a model of the surviving
 * instance, and gives the whole to a {@link StreamOracle}. A failure is an {@link AssertionError} that names the cut; the same
 * cut fails again with {@link #check}.
 *
 * @param adapter under test
 * @param dialogue recorded from the original instance
 * @param survivor the instance that takes over
 * @param oracle what the client may see
 * @param deterministic whether the service is declared deterministic
 */
public record ConformanceKit(
        Adapter adapter, Dialogue dialogue, ServiceModel survivor, StreamOracle oracle, boolean deterministic) {
    private static final int BEHIND = 3;

    /**
     * Cuts at every {@code stride}-th server byte, and at each of these with the client level with the log, at a safe distance behind it,
     * anywhere behind it, and, if asked, ahead of it.
     *
     * @param stride 1 for every byte
     * @param ahead whether clients may be ahead of the log: without it, the survivor may even serve something else
     * @param seed of everything random; printed by the caller, so that a failure can be repeated
     */
    public Report everywhere(int stride, boolean ahead, long seed) {
        Report report = new Report();
        Random random = new Random(seed);
        int clientBytes = dialogue.client().length;
        int serverBytes = dialogue.server().length;
        for (int server = 0; server <= serverBytes; server += stride) {
            int needed = dialogue.needed(server);
            for (int i = 0; i < (ahead ? BEHIND + 1 : BEHIND); i++) {
                int client = needed + (random.nextBoolean() ? 0 : random.nextInt(clientBytes - needed + 1));
                int produced = dialogue.produced(client);
                int position = switch (i) {
                    case 0 -> server;
                    case 1 -> Math.max(0, server - random.nextInt(100));
                    case 2 -> random.nextInt(server + 1);
                    default -> server + random.nextInt(produced - server + 1);
                };
                check(new Cut(client, server, position, random.nextLong()), report);
            }
        }
        return report;
    }

    /** Tries one cut and adds what came of it to {@code report}. */
    public void check(Cut cut, Report report) {
        try {
            tryCut(cut, report);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(dialogue.name() + ", " + cut + ": " + e, e);
        }
    }

    private void tryCut(Cut cut, Report report) {
        Random random = new Random(cut.seed());
        FollowedLog log = FollowedLog.follow(adapter, dialogue, cut, deterministic, random);
        if (log.unprotectable() != null) {
            report.reset("unprotectable: " + log.unprotectable());
            return;
        }
        SessionStart start = log.start(deterministic);
        AdapterSession session = adapter.rebuild(start);
        log.replayInto(session, start);
        boolean allSent = cut.committedServer() == dialogue.server().length;
        boolean serverFin = allSent && dialogue.serverCloses() && random.nextBoolean();
        if (serverFin) session.onServerFin();
        ResumePoint at = new ResumePoint(
                start.clientOffset(),
                start.serverOffset(),
                cut.committedClient(),
                cut.committedServer(),
                cut.clientPosition(),
                false,
                serverFin);
        RelayRun run = new RelayRun(session.resume(at), survivor, random);
        run.run(Arrays.copyOfRange(dialogue.client(), (int) start.clientOffset(), dialogue.client().length));
        judge(cut, run, report);
    }

    private void judge(Cut cut, RelayRun run, Report report) {
        String reason = run.resetReason();
        StreamOracle.Outcome outcome = reason != null
                ? StreamOracle.Outcome.RESET
                : run.clientEnded() ? StreamOracle.Outcome.ENDED : StreamOracle.Outcome.OPEN;
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        seen.write(dialogue.server(), 0, cut.clientPosition());
        seen.writeBytes(run.sentToClient());
        String violation = oracle.violation(seen.toByteArray(), outcome);
        if (violation != null) throw new AssertionError(violation + (reason == null ? "" : " (reset: " + reason + ")"));
        if (reason != null) {
            report.reset(reason);
            return;
        }
        boolean ahead = cut.clientPosition() > cut.committedServer();
        if (run.told() > cut.clientPosition()
                || (ahead && run.becameTransparent() && run.told() < cut.clientPosition())) {
            throw new AssertionError("told what is already seen up to " + run.told());
        }
        report.continued(run.becameTransparent());
        run.finish();
        if (run.resetReason() != null)
            throw new AssertionError("reset after everything was sent: " + run.resetReason());
    }
}
