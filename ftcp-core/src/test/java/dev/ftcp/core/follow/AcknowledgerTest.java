package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
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

    /** Captured now, before the kernel gets it, and handled when the test says so. */
    private CaptureRecord segment(long offset, String bytes) {
        return c.fromClient(offset, Bench.text(bytes), 0);
    }

    @Test
    void aSwallowedOneIsSentAtOnce() {
        wrap.witness = new G1(standby);
        CaptureRecord abc = segment(0, "abc");
        wrap.kernelAcks(c.slot(), c.clientSeq(3));
        assertThat(c.slot().held).isEqualTo(1);
        bench.capture(abc);
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3));
    }

    @Test
    void aSwallowedOneThatTakesTwoBatchesIsSentAtOnceInEach() {
        CaptureRecord abc = segment(0, "abc");
        CaptureRecord def = segment(3, "def");
        wrap.kernelAcks(c.slot(), c.clientSeq(6));
        bench.capture(abc);
        bench.capture(def);
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3), c.clientSeq(6));
        c.client(6, "ghi");
        bench.pass(20 * Bench.MILLI);
        assertThat(kicks()).isEqualTo(2);
    }

    @Test
    void oneThatLeftLowerOnDataWaitsForTheNextSegment() {
        CaptureRecord abc = segment(0, "abc");
        wrap.kernelSends(c.slot(), c.serverSeq(10), c.clientSeq(3));
        bench.capture(abc);
        assertThat(kicks()).isZero();
        bench.pass(4 * Bench.MILLI);
        assertThat(kicks()).isZero();
        bench.pass(2 * Bench.MILLI);
        assertThat(c.slot().kicks).containsExactly(c.clientSeq(3));
    }

    @Test
    void noneIfASegmentCarriedIt() {
        CaptureRecord abc = segment(0, "abc");
        wrap.kernelSends(c.slot(), c.serverSeq(10), c.clientSeq(3));
        bench.capture(abc);
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
        CaptureRecord abc = segment(0, "abc");
        wrap.kernelSends(c.slot(), c.serverSeq(10), c.clientSeq(3));
        bench.capture(abc);
        Conn next = bench.open(1, 5, 6);
        assertThat(next.slot()).isSameAs(wrap.slot(0));
        bench.pass(20 * Bench.MILLI);
        assertThat(kicks()).isZero();
        assertThat(standby.ledger.complete()).isTrue();
    }
}
