package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.follow.Bench.Conn;
import org.junit.jupiter.api.Test;

/** When the engine sends an acknowledgement itself. */
class AcknowledgerTest {
    private final Bench bench = new Bench(new OpaqueAdapter());
    private final Standby standby = bench.join(1 << 16);
    private final FakeWrap wrap = bench.wrap;
    private final Conn c = bench.open(1);

    private int kicks() {
        return c.slot().kicks.size();
    }

    @Test
    void aSwallowedOneIsSentAtOnce() {
        wrap.witness = new G1(standby);
        wrap.kernelAcks(c.slot(), c.clientSeq(3));
        assertThat(c.slot().held).isEqualTo(1);
        c.client(0, "abc");
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3));
    }

    @Test
    void aSwallowedOneThatTakesTwoBatchesIsSentAtOnceInEach() {
        wrap.kernelAcks(c.slot(), c.clientSeq(6));
        c.client(0, "abc");
        c.client(3, "def");
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3), c.clientSeq(6));
        c.client(6, "ghi");
        bench.pass(20 * Bench.MILLI);
        assertThat(kicks()).isEqualTo(2);
    }

    @Test
    void oneThatLeftLowerOnDataWaitsForTheNextSegment() {
        wrap.kernelSends(c.slot(), c.serverSeq(10), c.clientSeq(3));
        c.client(0, "abc");
        assertThat(kicks()).isZero();
        bench.pass(4 * Bench.MILLI);
        assertThat(kicks()).isZero();
        bench.pass(2 * Bench.MILLI);
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3));
    }

    @Test
    void noneIfASegmentCarriedIt() {
        wrap.kernelSends(c.slot(), c.serverSeq(10), c.clientSeq(3));
        c.client(0, "abc");
        bench.pass(2 * Bench.MILLI);
        wrap.kernelSends(c.slot(), c.serverSeq(20), c.clientSeq(3));
        bench.pass(20 * Bench.MILLI);
        assertThat(kicks()).isZero();
        assertThat(bench.engine.hasPending()).isFalse();
    }

    @Test
    void noneIfTheKernelWantsNone() {
        c.client(0, "abc");
        bench.pass(20 * Bench.MILLI);
        assertThat(kicks()).isZero();
    }

    @Test
    void oneSwallowedAfterTheCommitIsFoundByMaintenance() {
        c.client(0, "abc");
        // The gate decided before it could see what is committed now.
        c.slot().maxAck = c.clientSeq(3);
        c.slot().held++;
        bench.engine.maintain(bench.now);
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3));
    }

    @Test
    void noneForTheSuccessorOfAClosedConnection() {
        wrap.kernelSends(c.slot(), c.serverSeq(10), c.clientSeq(3));
        c.client(0, "abc");
        Conn next = bench.open(1, 5, 6);
        assertThat(next.slot()).isSameAs(wrap.slot(0));
        bench.pass(20 * Bench.MILLI);
        assertThat(kicks()).isZero();
        assertThat(standby.ledger.complete()).isTrue();
    }
}
