package dev.ftcp.core.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What to do when the service fails on a host that works.
 *
 * @param action what is done first
 * @param command starts the service anew, as a program and its arguments; empty: something else does, such as a unit with Restart=
 * @param patienceNanos how long the service may take to answer again before its connections are given up, or to the standby; 1 s to 10 min
 * @param health how it is found out that it hangs
 * @param quarantineAfter how many faults in a row the request of a connection may be part of before it is reset, 1 to 100
 */
public record ServiceFaultPolicy(
        Action action, List<String> command, long patienceNanos, HealthProbe health, int quarantineAfter) {
    /** What is done first. */
    public enum Action {
        /** The standby takes over; without one, as {@link #RESTART}. */
        TAKEOVER,
        /** The clients are held until the service is back on this host; if it does not come back, the standby takes over. */
        RESTART
    }

    /** Refuses values that break a rule. */
    public ServiceFaultPolicy {
        command = List.copyOf(command);
        Violation.refuse(check(command, patienceNanos, quarantineAfter));
    }

    /** Takeover, no command, 30 s, no probe, three faults. */
    public static ServiceFaultPolicy defaults() {
        return new ServiceFaultPolicy(Action.TAKEOVER, List.of(), 30_000 * Units.MS, HealthProbe.off(), 3);
    }

    /** Every rule that these values break. */
    public static List<Violation> check(List<String> command, long patience, long quarantineAfter) {
        List<Violation> out = new ArrayList<>();
        if (!command.isEmpty() && !command.get(0).startsWith("/")) {
            out.add(new Violation(
                    "service.restart-command",
                    "'" + command.get(0)
                            + "' is not an absolute path: give the program's, such as \"/usr/bin/systemctl\""));
        }
        Units.span(out, "service.restart-patience", patience, 1000 * Units.MS, 600_000 * Units.MS);
        if (quarantineAfter < 1 || quarantineAfter > 100)
            out.add(new Violation("service.quarantine-after", quarantineAfter + " is not in 1 to 100"));
        return out;
    }
}
