package dev.ftcp.daemon.cli;

import com.google.gson.annotations.SerializedName;
import dev.ftcp.daemon.control.ControlClient;
import dev.ftcp.daemon.control.TimelineEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A restart of the service as its operator sees it: each step as it happens, how it ended. */
final class RestartRun {
    private static final long POLL_NANOS = 20_000_000L;
    private static final double NANOS_PER_MILLI = 1e6;

    private final ControlClient client;
    private final PrintWriter out;
    private final boolean json;

    /** What connections waited for, how long after the command. */
    private record Step(double millis, String stage) {}

    /** What {@code --json} prints. */
    private record Result(
            @SerializedName("restarted") boolean done, long continued, List<String> lost, List<Step> steps) {}

    RestartRun(ControlClient client, PrintWriter out, boolean json) {
        this.client = client;
        this.out = out;
        this.json = json;
    }

    /** The exit code. */
    int run(int seconds) throws IOException {
        long begin = System.nanoTime();
        List<Step> steps = new ArrayList<>();
        String stage = client.restart();
        note(stage, begin, steps);
        while (!stage.isEmpty() && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(seconds)) {
            LockSupport.parkNanos(POLL_NANOS);
            stage = client.restartStage();
            note(stage, begin, steps);
        }
        boolean over = stage.isEmpty();
        List<TimelineEntry> timeline = client.timeline();
        boolean done = over
                && !timeline.isEmpty()
                && timeline.get(timeline.size() - 1).cause().equals("restart");
        TimelineEntry last = done ? timeline.get(timeline.size() - 1) : null;
        long continued = last == null ? 0 : last.continued();
        List<String> lost = last == null ? List.of() : last.lost();
        if (json) out.println(FtcpctlCommand.PRETTY.toJson(new Result(done, continued, lost, steps)));
        else if (done) {
            out.println("the service is back; " + Text.count(continued) + " connections go on, "
                    + Text.count(lost.size()) + " were reset");
            lost.forEach(line -> out.println("  " + line));
        } else out.println(over ? "the service did not come back: see status" : "not over yet: " + stage);
        return done ? ExitCode.OK : ExitCode.DEGRADED;
    }

    private void note(String stage, long begin, List<Step> steps) {
        if (stage.isEmpty()) return;
        if (!steps.isEmpty() && steps.get(steps.size() - 1).stage.equals(stage)) return;
        Step step = new Step((System.nanoTime() - begin) / NANOS_PER_MILLI, stage);
        steps.add(step);
        if (json) return;
        out.printf(Locale.ROOT, "  %8.1f ms  %s%n", step.millis, step.stage);
        out.flush();
    }
}
