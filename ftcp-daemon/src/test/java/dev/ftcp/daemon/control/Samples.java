package dev.ftcp.daemon.control;

import dev.ftcp.core.role.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers of a daemon, for tests. */
public final class Samples {
    private static final long MS = 1_000_000L;

    private Samples() {}

    /** A protected owner that took over once. */
    public static Status owner() {
        Map<String, Double> stages = new LinkedHashMap<>();
        stages.put("lease", 200.04);
        stages.put("probe", 3.1);
        Status.Takeover takeover = new Status.Takeover(
                "no heartbeat for 400 ms", 7_380_000 * MS, 5 * MS, stages, 1000, 2, Map.of("ahead of the log", 2L));
        return new Status(
                Role.PROTECTED,
                "the standby has everything",
                192_500 * MS,
                "web",
                "b",
                "a",
                4,
                new Status.Connections(1204, 1200, 4, Map.of("upgraded to websocket", 4L)),
                new Status.Totals(98_765, 97_561, 1000, 2),
                takeover,
                1_288_490_189L,
                13_002_342L,
                1204,
                12 * MS,
                188 * MS,
                "PROTECT",
                "strict",
                Map.of("kicks", 17L),
                List.of());
    }

    /** A daemon that can't become owner, and has little to tell. */
    public static Status starting() {
        return new Status(
                Role.STARTING,
                "no peer, but the address claim is held elsewhere",
                900 * MS,
                "web",
                "a",
                "b",
                0,
                new Status.Connections(0, 0, 0, Map.of()),
                new Status.Totals(0, 0, 0, 0),
                null,
                0,
                0,
                0,
                null,
                null,
                "CLOSED",
                "follow",
                Map.of(),
                List.of("TEST CONFIGURATION"));
    }

    /** Two connections. */
    public static List<ConnectionStatus> connections() {
        return List.of(
                new ConnectionStatus(
                        "198.51.100.7:40001", "10.77.0.100:80", true, null, true, 61_000 * MS, 700, 5_000_000, 0, 1500),
                new ConnectionStatus(
                        "198.51.100.8:40002",
                        "10.77.0.100:80",
                        false,
                        "upgraded to websocket",
                        false,
                        20 * MS,
                        80,
                        0,
                        80,
                        0));
    }

    /** A takeover that lost a connection. */
    public static List<TimelineEntry> timeline() {
        Map<String, Double> stages = new LinkedHashMap<>();
        stages.put("silence", 400.2);
        stages.put("lease", 200.04);
        stages.put("probe", 3.1);
        return List.of(new TimelineEntry(
                4,
                "no heartbeat for 400 ms",
                7_380_000 * MS,
                stages,
                1000,
                1,
                0,
                List.of("198.51.100.9:40003>10.77.0.100:80: the client <did> not answer")));
    }

    /** A switchover from a to b. */
    public static SwitchoverPlan plan(@Nullable String obstacle) {
        return new SwitchoverPlan("web", "a", "b", 41, 1, Map.of("upgraded to websocket", 1L), obstacle);
    }

    /** A source of one status. */
    public static ServiceControl source(Status status) {
        return new ServiceControl() {
            @Override
            public Status status() {
                return status;
            }

            @Override
            public List<ConnectionStatus> connections() {
                return Samples.connections();
            }

            @Override
            public List<TimelineEntry> timeline() {
                return Samples.timeline();
            }

            @Override
            public SwitchoverPlan plan() {
                return Samples.plan("there is no standby");
            }

            @Override
            public void switchover() throws RefusedException {
                throw new RefusedException("there is no standby");
            }

            @Override
            public void restart() throws RefusedException {
                throw new RefusedException("service.restart-command is not set");
            }

            @Override
            public @Nullable String restartStage() {
                return null;
            }
        };
    }
}
