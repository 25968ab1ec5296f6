package dev.ftcp.core.role;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.role.SimHost.Event;
import dev.ftcp.core.role.SimHost.Kind;
import dev.ftcp.core.role.SimWorld.Bug;
import dev.ftcp.core.role.SimWorld.Faults;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rule that at no instant two hosts may speak, under stops, deaths and crashes between any two actions. */
class RoleSimulationTest {
    private static final int RUNS = Integer.getInteger("ftcp.sim.runs", 150);
    private static final long SEED = Long.getLong("ftcp.sim.seed", System.nanoTime());
    private static final long STORM_MILLIS = 15_000;
    private static final long CALM_MILLIS = 10_000;

    private static final int[] PAUSES = {1, 20, 150, 300, 700, 3000};

    /** What must not become wrong because its host was stopped right before it. Ordinary beats are left out, else there is no peace. */
    private static final Set<String> CRITICAL = Set.of(
            "now",
            "tryClaim",
            "openGate",
            "protectGate",
            "closeGate",
            "listenGate",
            "handOver",
            "pair",
            "detach",
            "promote",
            "executeTakeover",
            "peerHostGone");

    /** Where a host that is about as late as a detection takes could extend its lease over a promotion. */
    private static final Set<String> LATE = Set.of("sleep", "renewLease");

    @Test
    void neverTwoOwnersAndAlwaysAPairInTheEnd() {
        System.out.println("ftcp.sim.seed=" + SEED);
        Set<Role> seen = EnumSet.noneOf(Role.class);
        for (int i = 0; i < RUNS; i++) {
            long seed = SEED + i;
            SimWorld world = new SimWorld(seed, Bug.NONE, STORM_MILLIS + CALM_MILLIS, storm(seed));
            assertThat(world.run()).as("seed %d", seed).isNull();
            assertThat(roles(world))
                    .as("seed %d ended as\n%s", seed, world.journal())
                    .containsExactlyInAnyOrder(Role.PROTECTED, Role.STANDBY);
            seen.addAll(world.seen);
        }
        assertThat(seen).as("roles that the storm led through").containsExactlyInAnyOrder(Role.values());
    }

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aWrongMachineIsFoundOut(Bug bug) {
        System.out.println("ftcp.sim.seed=" + SEED);
        for (int i = 0; i < 100 * RUNS; i++) {
            SimWorld world = new SimWorld(SEED + i, bug, STORM_MILLIS, storm(SEED + i));
            String violation = world.run();
            if (violation == null) continue;
            System.out.println(bug + " found out in run " + (i + 1) + ": "
                    + violation.lines().findFirst().orElse(""));
            return;
        }
        throw new AssertionError(bug + " was not found out, seed " + SEED);
    }

    @Test
    void bothStartedAtOnceEndAsOwnerAndStandbyWithThePreferredAsOwner() {
        SimWorld world = new SimWorld(SEED, Bug.NONE, 5_000, (w, host, action) -> {});
        assertThat(world.run()).isNull();
        assertThat(roles(world)).containsExactly(Role.PROTECTED, Role.STANDBY);
    }

    static List<Role> roles(SimWorld world) {
        List<Role> out = new ArrayList<>();
        for (SimHost h : world.hosts) out.add(h.machine.role());
        return out;
    }

    private static Faults storm(long seed) {
        Random random = new Random(~seed);
        int calm = new int[] {150, 500, 1500}[random.nextInt(3)];
        int critical = new int[] {3, 10, 1000}[random.nextInt(3)];
        return (world, at, action) -> {
            if (world.millis() > STORM_MILLIS) return;
            if (CRITICAL.contains(action) && random.nextInt(critical) == 0) {
                world.pause(at, PAUSES[random.nextInt(PAUSES.length)] + random.nextInt(100));
            } else if (LATE.contains(action) && random.nextInt(60) == 0) {
                world.pause(at, random.nextInt(450));
            } else if (random.nextInt(calm) == 0) {
                strike(world, world.hosts[random.nextInt(2)], random);
            }
        };
    }

    private static void strike(SimWorld world, SimHost target, Random random) {
        int jitter = random.nextInt(100);
        switch (random.nextInt(12)) {
            case 0 -> world.kill(target, 1 + 10L * jitter, false);
            case 1 -> world.kill(target, 1 + 20L * jitter, true);
            case 2 -> {
                world.post(target, Event.of(Kind.FAULT, null), 0);
                world.post(target, Event.of(Kind.RESTORED, null), 1 + 5L * jitter);
            }
            case 3 -> {
                if (jitter < 40) world.post(target, Event.of(Kind.STOP, null), 0);
            }
            case 4, 5 -> world.post(target, Event.of(Kind.SWITCHOVER, null), 0);
            default -> world.pause(target, PAUSES[random.nextInt(PAUSES.length)] + jitter);
        }
    }
}
