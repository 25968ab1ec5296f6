package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A standby that does not read: everything waits, nothing is lost. */
class FullLogTest {
    private static byte[] random(int length) {
        byte[] b = new byte[length];
        new Random(length).nextBytes(b);
        return b;
    }

    /** With records that change nothing, until there is room for nothing. */
    private static void fill(Standby standby) {
        while (standby.writer.ring().freeBytes() > 1000)
            assertThat(standby.writer.acked(0, 0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16384, 1 << 16})
    void aSegmentLargerThanTheRoomIsCommittedInParts(int lane) {
        Bench bench = new Bench(new OpaqueAdapter());
        Standby standby = bench.join(lane);
        Conn c = bench.open(1);
        bench.wrap.witness = new G1(standby);
        byte[] bytes = random(60_000);
        CaptureRecord record = c.fromClient(0, bytes, CaptureRecord.FIN);
        assertThat(bench.capture(record)).isFalse();
        assertThat(bench.engine.stalled()).isTrue();
        assertThat(c.ledger().clientEnd()).isPositive().isLessThan(60_000);
        assertThat(c.slot().committedAck).isEqualTo(c.clientSeq(c.ledger().clientEnd()));
        bench.insist(record, standby);
        assertThat(Ledgers.client(standby.known(c.key))).isEqualTo(bytes);
        assertThat(standby.known(c.key).clientFin()).isTrue();
        assertThat(bench.engine.stalled()).isFalse();

        byte[] answer = random(50_000);
        bench.insist(c.fromServer(0, answer, CaptureRecord.FIN, true), standby);
        assertThat(standby.known(c.key).serverFin()).isTrue();
        Ledgers.assertEqual(standby.known(c.key), c.ledger());
        assertThat(c.ledger().unprotected()).isNull();
    }

    @Test
    void whatABridgedGapSetsFreeMayBeLargerThanTheLog() {
        Bench bench = new Bench(new OpaqueAdapter());
        Standby standby = bench.join(16384);
        Conn c = bench.open(1);
        bench.wrap.witness = new G1(standby);
        byte[] bytes = random(400_000);
        for (int at = 1; at < bytes.length; at += 9999) {
            byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 9999));
            assertThat(bench.capture(c.fromClient(at, part, 0))).isTrue();
        }
        assertThat(c.ledger().clientEnd()).isZero();
        int refused = bench.insist(c.fromClient(0, new byte[] {bytes[0]}, 0), standby);
        assertThat(refused).isGreaterThan(20);
        assertThat(Ledgers.client(standby.known(c.key))).isEqualTo(bytes);
    }

    @Test
    void manyWatchedConnectionsFindRoomLater() {
        Bench bench = new Bench(FollowConfig.of(new HttpAdapter(), true, 300, Bench.RETAIN));
        Standby standby = bench.join(8192);
        String get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        String head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 100000\r\n\r\n";
        List<Conn> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Conn c = bench.open(i);
            all.add(c);
            bench.insist(c.fromClient(0, Bench.text(get), 0), standby);
            bench.insist(c.fromServer(0, Bench.text(head), 0, true), standby);
            c.server(head.length(), new byte[100_000]);
            c.acks(head.length() + 100_000);
        }
        bench.pass(2 * Bench.MILLI);
        assertThat(bench.engine.hasPending()).isTrue();
        for (int i = 0; i < 20; i++) {
            standby.readAll();
            bench.pass(2 * Bench.MILLI);
        }
        standby.readAll();
        for (Conn c : all) {
            assertThat(c.ledger().safeServer()).isEqualTo(head.length() + 100_000);
            Ledgers.assertEqual(standby.known(c.key), c.ledger());
        }
        assertThat(bench.engine.hasPending()).isFalse();
    }

    @Test
    void openingsAndEndsWaitToo() {
        Bench bench = new Bench(new OpaqueAdapter());
        Standby standby = bench.join(4096);
        Conn c = bench.open(1);
        fill(standby);
        Conn other = bench.new Conn(2, 1, 2);
        assertThat(other.handshake()).isFalse();
        assertThat(c.event(CaptureRecord.GONE, 0)).isFalse();
        assertThat(bench.engine.stats().stalledOnLog).isPositive();
        standby.readAll();
        assertThat(other.handshake()).isTrue();
        assertThat(c.event(CaptureRecord.GONE, 0)).isTrue();
        standby.readAll();
        assertThat(standby.flow(c.key)).isNull();
        assertThat(standby.flow(other.key)).isNotNull();
    }

    @Test
    void aRefusedConnectionDoesNotOpenTheGateBeforeThatIsPublished() {
        Bench bench = new Bench(new OpaqueAdapter());
        Standby standby = bench.join(4096);
        Conn c = bench.open(1);
        bench.wrap.witness = new G1(standby);
        c.client(0, "as it was sent");
        fill(standby);
        CaptureRecord different = c.fromClient(0, Bench.text("different"), 0);
        assertThat(bench.capture(different)).isFalse();
        assertThat(c.slot().open).isFalse();
        bench.insist(different, standby);
        assertThat(c.slot().open).isTrue();
        assertThat(standby.known(c.key).unprotected()).isNotNull();
    }
}
