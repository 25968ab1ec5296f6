package dev.ftcp.daemon.cli;

import com.google.gson.annotations.SerializedName;
import dev.ftcp.core.role.Role;
import dev.ftcp.daemon.control.ControlClient;
import dev.ftcp.daemon.control.RefusedException;
import dev.ftcp.daemon.control.Status;
import dev.ftcp.daemon.control.SwitchoverPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A switchover as its operator sees it: what it will do, each step as it happens, how it ended. */
final class SwitchoverRun {
    private static final long POLL_NANOS = 20_000_000L;
    private static final double NANOS_PER_MILLI = 1e6;

    private final ControlClient client;
    private final PrintWriter out;
    private final boolean json;

    /** A role that the daemon was in, how long after the command. */
    private record Step(double millis, Role verdict, String reason) {}

    /** What {@code --json} prints. */
    private record Result(@SerializedName("switched_over") boolean done, SwitchoverPlan plan, List<Step> steps) {}

    SwitchoverRun(ControlClient client, PrintWriter out, boolean json) {
        this.client = client;
        this.out = out;
        this.json = json;
    }

    /** The exit code. */
    int run(boolean dryRun, int seconds) throws IOException {
        SwitchoverPlan plan = client.plan();
        if (!json) print(plan);
        if (dryRun) {
            if (json) out.println(FtcpctlCommand.PRETTY.toJson(new Result(false, plan, List.of())));
            return plan.obstacle() == null ? ExitCode.OK : ExitCode.REFUSED;
        }
        if (plan.obstacle() != null) throw new RefusedException(plan.obstacle());
        long begin = System.nanoTime();
        Status status = client.switchover();
        List<Step> steps = new ArrayList<>();
        boolean left = note(status, begin, steps);
        while (!over(status.verdict(), left) && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(seconds)) {
            LockSupport.parkNanos(POLL_NANOS);
            status = client.status();
            left |= note(status, begin, steps);
        }
        boolean done = status.verdict() == Role.STANDBY;
        if (json) out.println(FtcpctlCommand.PRETTY.toJson(new Result(done, plan, steps)));
        else out.println(end(plan, status, done));
        return done ? ExitCode.OK : ExitCode.DEGRADED;
    }

    /** Whether this host is no owner any more. */
    private boolean note(Status status, long begin, List<Step> steps) {
        Step last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
        if (last == null || last.verdict != status.verdict()) {
            Step step = new Step((System.nanoTime() - begin) / NANOS_PER_MILLI, status.verdict(), status.reason());
            steps.add(step);
            if (!json) {
                out.printf(Locale.ROOT, "  %8.1f ms  %-11s %s%n", step.millis, step.verdict, step.reason);
                out.flush();
            }
        }
        return !status.verdict().isOwner();
    }

    private static boolean over(Role verdict, boolean left) {
        return verdict == Role.STANDBY || !left && verdict != Role.HANDOVER;
    }

    private void print(SwitchoverPlan plan) {
        out.println(plan.service() + ": from " + plan.from() + " to " + plan.to() + "; " + Text.count(plan.continued())
                + " connections go on, " + Text.count(plan.lost()) + " are reset");
        plan.reasons().forEach((reason, n) -> out.println("  " + Text.count(n) + " " + reason));
        if (plan.obstacle() != null) out.println("  would be refused: " + plan.obstacle());
        out.flush();
    }

    private static String end(SwitchoverPlan plan, Status status, boolean done) {
        if (done) return plan.service() + " is on " + plan.to() + "; " + plan.from() + " is its standby";
        if (status.verdict().isOwner())
            return "rolled back: " + plan.service() + " is still on " + plan.from() + " (" + status.reason() + ")";
        return "not over yet: " + status.verdict() + ", " + status.reason();
    }
}
