package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Records of sockets' ends that found no room in the capture. */
class ReconcileTest {
    private final Bench bench = new Bench(new OpaqueAdapter());
    private final Standby standby = bench.join(1 << 20);

    @Test
    void aConnectionWithoutASocketIsOver() {
        Bench.Conn over = bench.open(1), lives = bench.open(2), opening = bench.open(3), idle = bench.open(4);
        over.client(0, "x");
        lives.client(0, "y");
        idle.event(CaptureRecord.ESTABLISHED, 0);
        assertThat(bench.engine.reconcile(Set.of(lives.key), bench.now)).isTrue();
        standby.readAll();
        assertThat(standby.flow(over.key)).isNull();
        assertThat(standby.flow(idle.key)).isNull();
        assertThat(standby.flow(lives.key)).isNotNull();
        assertThat(standby.flow(opening.key))
                .as("its client may be about to answer a SYN cookie")
                .isNotNull();
        // That it is open is known by now: its end may find no room either.
        assertThat(bench.engine.reconcile(Set.of(opening.key), bench.now)).isTrue();
        assertThat(bench.engine.reconcile(Set.of(), bench.now)).isTrue();
        standby.readAll();
        assertThat(standby.flow(lives.key)).isNull();
        assertThat(standby.flow(opening.key)).isNull();
    }

    @Test
    void aKilledOneWaitsThoughNobodySaidThatItWasKilled() {
        Bench.Conn c = bench.open(1);
        c.client(0, "x");
        c.slot().killedBy = 9;
        assertThat(bench.engine.reconcile(Set.of(), bench.now)).isTrue();
        assertThat(bench.wrap.kills).hasSize(1);
        assertThat(bench.engine.interrupted().lost()).containsExactly(c.ledger());
        standby.readAll();
        assertThat(standby.flow(c.key)).isNotNull();
    }
}
