package dev.ftcp.core.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The times of the role machine, in nanoseconds of CLOCK_BOOTTIME.
 *
 * @param heartbeatNanos interval of the owner's heartbeats, 1 ms to 1 s
 * @param leaseNanos how long after a heartbeat the owner's gate still lets packets out, at least three heartbeats
 * @param detectNanos silence after which the standby takes over, more than the lease, up to 60 s
 * @param standbyStallNanos how long a standby may leave the ring undrained before the owner goes on alone, at least the lease,
 *     up to 60 s
 */
public record Timing(long heartbeatNanos, long leaseNanos, long detectNanos, long standbyStallNanos) {
    /** Refuses values that break a rule. */
    public Timing {
        Violation.refuse(check(heartbeatNanos, leaseNanos, detectNanos, standbyStallNanos));
    }

    /** Heartbeat 25 ms, lease 200 ms, detect 400 ms, standby stall 1 s. */
    public static Timing defaults() {
        return new Timing(25 * Units.MS, 200 * Units.MS, 400 * Units.MS, 1000 * Units.MS);
    }

    /** Every rule that these values break. */
    public static List<Violation> check(long heartbeat, long lease, long detect, long standbyStall) {
        List<Violation> out = new ArrayList<>();
        Units.span(out, "timing.heartbeat", heartbeat, Units.MS, 1000 * Units.MS);
        if (heartbeat > 0 && lease / 3 < heartbeat) {
            out.add(new Violation(
                    "timing.lease",
                    "lease " + Units.time(lease) + " is shorter than three heartbeats (" + Units.time(3 * heartbeat)
                            + "): one late heartbeat would silence the service"));
        }
        if (detect <= lease) {
            out.add(new Violation(
                    "timing.detect",
                    "detect " + Units.time(detect) + " is not longer than the lease (" + Units.time(lease)
                            + "): the standby would take over before the owner is silent"));
        }
        Units.span(out, "timing.detect", detect, 3 * Units.MS, 60_000 * Units.MS);
        Units.span(out, "timing.standby-stall", standbyStall, Math.min(lease, 60_000 * Units.MS), 60_000 * Units.MS);
        return out;
    }
}
