package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel does not take, the follower does not take either; where both might differ, the connection is given up. */
class AcceptanceTest {
    private static final int SCALE_ROUNDING = 127; // the service's scale is 7 here

    private final Bench bench = new Bench(new OpaqueAdapter());
    private final Conn c = bench.open(1, -300, Integer.MAX_VALUE - 5);

    @BeforeEach
    void begin() {
        c.client(0, "abc");
        c.server(0, "answer");
    }

    private void assertStream(String expected) {
        assertThat(c.ledger().unprotected()).isNull();
        assertThat(Ledgers.client(c.ledger())).asString().isEqualTo(expected);
    }

    private CaptureRecord segment(long offset, int ack, int flags, String bytes) {
        return Captures.segment(
                CaptureRecord.CLIENT,
                c.slot(),
                c.key,
                c.clientSeq(offset),
                ack,
                flags,
                Bench.text(bytes),
                bytes.length());
    }

    private void sends(long ackOffset, int flags) {
        bench.capture(segment(3, c.serverSeq(ackOffset), flags, "def"));
    }

    @Test
    void withoutAckOrWithSynItDoesNotCount() {
        sends(0, 0);
        sends(0, CaptureRecord.PSH | CaptureRecord.FIN);
        sends(0, CaptureRecord.ACK | CaptureRecord.SYN_FLAG);
        assertStream("abc");
        assertThat(c.ledger().clientFin()).isFalse();
        assertThat(bench.engine.stats().refusedSegments).isEqualTo(3);
        sends(0, CaptureRecord.ACK);
        assertStream("abcdef");
    }

    @ParameterizedTest
    @CsvSource({"0, true", "6, true", "7, true", "8, false", "-1, false", "1000000, false", "-1000000, false"})
    void theAckMustBePossible(long ack, boolean counts) {
        sends(ack, CaptureRecord.ACK);
        assertStream(counts ? "abcdef" : "abc");
    }

    @Test
    void anAckMayBeOlderByTheWidestWindow() {
        int widest = 0xFFFF << 7;
        c.ledger().serverAt(2L * widest);
        c.ledger().acked(2L * widest);
        sends(widest - 1L, CaptureRecord.ACK);
        assertStream("abc");
        sends(widest, CaptureRecord.ACK);
        assertStream("abcdef");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void theWindowsEdge(int beyond) {
        c.slot().maxRight = c.clientSeq(20);
        bench.capture(segment(20 + SCALE_ROUNDING + beyond, c.serverSeq(0), CaptureRecord.ACK, "z"));
        c.client(3, "x".repeat(17 + SCALE_ROUNDING + beyond));
        String upToEdge = "abc" + "x".repeat(17 + SCALE_ROUNDING + beyond);
        assertStream(beyond == 0 ? upToEdge + "z" : upToEdge);
    }

    @ParameterizedTest
    @CsvSource({"100, true", "99, true", "98, false", "-2000000000, false"})
    void anOldTimestampDoesNotCount(int tsval, boolean counts) {
        c.slot().tsRecent = 100;
        CaptureRecord r = segment(3, c.serverSeq(0), CaptureRecord.ACK | CaptureRecord.TIMESTAMPS, "def");
        r.buffer().putInt(32, tsval);
        bench.capture(r);
        assertStream(counts ? "abcdef" : "abc");
    }

    @Test
    void aMissingTimestampCounts() {
        c.slot().tsRecent = 100;
        sends(0, CaptureRecord.ACK);
        assertStream("abcdef");
    }

    @Test
    void whatTheKernelTookUnseenIsSaid() {
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(5));
        c.client(3, "de");
        assertThat(c.ledger().unprotected()).contains("not followed");
    }

    @Test
    void urgentDataIsSaid() {
        sends(0, CaptureRecord.ACK | CaptureRecord.URG);
        assertThat(c.ledger().unprotected()).contains("urgent");
    }

    @Test
    void urgentDataThatTheKernelIgnoresIsNotSaid() {
        sends(-1, CaptureRecord.ACK | CaptureRecord.URG);
        assertStream("abc");
    }

    @Test
    void copiesAheadOfAGapMustBeTheSame() {
        c.client(5, "fgh");
        c.client(4, "efg");
        c.client(6, "ghij");
        c.client(3, "d");
        assertStream("abcdefghij");
        c.client(12, "mno");
        c.client(14, "Op");
        assertThat(c.ledger().unprotected()).contains("different bytes");
    }

    @Test
    void copiesAcrossTheGapMustBeTheSame() {
        c.client(5, "fgh");
        c.client(3, "dEF");
        assertThat(c.ledger().unprotected()).contains("different bytes");
    }

    @Test
    void nothingMayFollowAnEndAheadOfAGap() {
        c.clientFin(5, "f");
        c.client(6, "g");
        assertThat(c.ledger().unprotected()).contains("after its end");
    }

    @Test
    void anEndMayNotComeBeforeWhatIsAheadOfAGap() {
        c.client(6, "g");
        c.clientFin(5, "f");
        assertThat(c.ledger().unprotected()).contains("after its end");
    }

    @Test
    void anOldSegmentSaysNothing() {
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(3));
        bench.capture(segment(0, c.serverSeq(6), CaptureRecord.ACK, "a"));
        assertThat(c.ledger().acked()).isZero();
    }
}
