package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientStreamTest {
    private final Bench bench = new Bench(new OpaqueAdapter());
    private final Standby standby = bench.join(1 << 16);

    @BeforeEach
    void watch() {
        bench.wrap.witness = new G1(standby);
    }

    private void assertStream(Conn c, String expected) {
        standby.readAll();
        assertThat(Ledgers.client(c.ledger())).asString().isEqualTo(expected);
        assertThat(Ledgers.client(standby.known(c.key))).asString().isEqualTo(expected);
        assertThat(c.slot().committedAck)
                .isEqualTo(c.clientSeq(expected.length()) + (c.ledger().clientFin() ? 1 : 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, -1, -2, -8, -20, 0x7FFFFFF0, 0x80000000, 0})
    void anyOrderAcrossTheEndOfSequenceNumbers(int isn) {
        Conn c = bench.open(1, isn, isn);
        c.client(0, "01234");
        assertStream(c, "01234");
        c.client(3, "34567");
        assertStream(c, "01234567");
        c.client(10, "abcd");
        c.client(16, "ghij");
        c.client(0, "012");
        assertStream(c, "01234567");
        c.clientFin(20, "klm");
        c.client(8, "89a");
        assertStream(c, "0123456789abcd");
        assertThat(c.ledger().clientFin()).isFalse();
        c.client(12, "cdefgh");
        assertStream(c, "0123456789abcdefghijklm");
        assertThat(c.ledger().clientFin()).isTrue();
        assertThat(standby.known(c.key).clientFin()).isTrue();
        c.clientFin(20, "klm");
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(23) + 1);
        c.client(23, "nothing follows the end");
        assertStream(c, "0123456789abcdefghijklm");
        assertThat(c.ledger().unprotected()).isNull();
    }

    @Test
    void finAloneAndInOrder() {
        Conn c = bench.open(1);
        c.client(0, "x");
        c.clientFin(1, "");
        assertStream(c, "x");
        assertThat(c.ledger().clientFin()).isTrue();
    }

    @Test
    void oldSegmentsAreNotTheStream() {
        Conn c = bench.open(1);
        c.client(0, "abc");
        c.client(-3, "zzz");
        c.client(-1, "z");
        c.client(1 << 30, "far");
        c.client((1L << 31) + 5, "far");
        assertStream(c, "abc");
    }

    @Test
    void differentBytesForTheSameNumbersAreSaid() {
        Conn c = bench.open(1);
        c.client(0, "abcdef");
        c.client(3, "dEf");
        standby.readAll();
        assertThat(c.ledger().unprotected()).contains("different bytes");
        assertThat(standby.known(c.key).unprotected()).contains("different bytes");
        assertThat(c.slot().open).isTrue();
        assertThat(c.slot().wants).isFalse();
        assertThat(bench.pool.usedBytes()).isZero();
        long records = bench.engine.stats().clientBytes;
        c.client(6, "ghi");
        assertThat(bench.engine.stats().clientBytes).isEqualTo(records);
    }

    @Test
    void aKeepAliveProbeMayCarryGarbage() {
        Conn c = bench.open(1);
        c.client(0, "abc");
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(3));
        c.client(2, "\0");
        c.client(0, "xyzdef");
        assertStream(c, "abcdef");
        assertThat(c.ledger().unprotected()).isNull();
        c.client(5, "\0");
        assertThat(c.ledger().unprotected()).contains("different bytes");
    }

    @Test
    void whatWasGivenUpIsAcknowledgedAtLast() {
        Conn c = bench.open(1);
        c.client(0, "abc");
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(3));
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(9)); // of something that could not be committed
        c.client(0, "xyz");
        assertThat(c.slot().open).isTrue();
        assertThat(c.slot().sentAck).isEqualTo(c.clientSeq(9));
    }

    @Test
    void pastTheLimitAConnectionIsUnprotected() {
        Conn c = bench.open(1);
        byte[] block = new byte[60_000];
        long at = 0;
        for (; at + block.length <= Bench.RETAIN; at += block.length) {
            bench.insist(c.fromClient(at, block, 0), standby);
        }
        assertThat(c.ledger().unprotected()).isNull();
        bench.insist(c.fromClient(at, block, 0), standby);
        assertThat(c.ledger().unprotected()).contains("limits.retain");
        assertThat(standby.known(c.key).unprotected()).contains("limits.retain");
        assertThat(c.slot().open).isTrue();
        assertThat(bench.pool.usedBytes() + standby.pool.usedBytes()).isZero();
        assertThat(bench.engine.stats().unprotected).isEqualTo(1);
    }

    @Test
    void bytesThatPassedUncapturedAreSaid() {
        Conn c = bench.open(1);
        bench.capture(
                Captures.segment(CaptureRecord.CLIENT, c.slot(), c.key, c.clientSeq(0), 0, 0, Bench.text("abc"), 0));
        assertThat(c.ledger().unprotected()).contains("uncaptured");
    }

    @Test
    void anAcknowledgementOfWhatWasNeverSentIsNotBelieved() {
        Conn c = bench.open(1);
        c.client(0, "a");
        c.server(0, "answer");
        bench.capture(Captures.segment(
                CaptureRecord.CLIENT,
                c.slot(),
                c.key,
                c.clientSeq(1),
                c.serverSeq(1000),
                CaptureRecord.ACK,
                Bench.text("b"),
                1));
        assertThat(c.ledger().acked()).isZero();
        bench.capture(Captures.segment(
                CaptureRecord.CLIENT,
                c.slot(),
                c.key,
                c.clientSeq(2),
                c.serverSeq(6),
                CaptureRecord.ACK,
                Bench.text("c"),
                1));
        assertThat(c.ledger().acked()).isEqualTo(6);
    }
}
