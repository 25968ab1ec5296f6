package dev.ftcp.core.config;

import java.util.ArrayList;
import java.util.List;

/**
 * How the owner finds out that its service hangs.
 *
 * @param intervalNanos how often it is asked, 100 ms to 60 s; 0: never
 * @param failures how many times in a row it has to fail, 1 to 100
 * @param send what it is asked, after connecting to each backend; empty: nothing, a connection is answer enough
 * @param expect what must be in the first 64 KiB of the answer; empty: any byte will do
 */
public record HealthProbe(long intervalNanos, int failures, String send, String expect) {
    /** Refuses values that break a rule. */
    public HealthProbe {
        Violation.refuse(check(intervalNanos, failures));
    }

    /** Never asks. */
    public static HealthProbe off() {
        return new HealthProbe(0, 3, "", "");
    }

    /** Every rule that these values break. */
    public static List<Violation> check(long interval, long failures) {
        List<Violation> out = new ArrayList<>();
        if (interval != 0) Units.span(out, "service.health-interval", interval, 100 * Units.MS, 60_000 * Units.MS);
        if (failures < 1 || failures > 100)
            out.add(new Violation("service.health-failures", failures + " is not in 1 to 100"));
        return out;
    }
}
