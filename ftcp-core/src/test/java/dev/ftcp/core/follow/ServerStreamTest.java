package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import dev.ftcp.core.tcp.Seq;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerStreamTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private final Bench bench = new Bench(new HttpAdapter());
    private final Standby standby = bench.join(1 << 16);

    private static String head(int length) {
        return "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private void assertSame(Conn c) {
        standby.readAll();
        Ledgers.assertEqual(standby.known(c.key), c.ledger());
    }

    private void assertSafe(Conn c, long client, long server) {
        assertSame(c);
        assertThat(c.ledger().safeClient()).isEqualTo(client);
        assertThat(c.ledger().safeServer()).isEqualTo(server);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, -40, 0x7FFFFFE0})
    void aSmallResponseIsRetainedUntilItIsAcknowledged(int isn) {
        Conn c = bench.open(1, isn, isn);
        String response = head(5) + "hello";
        c.client(0, GET);
        assertSafe(c, 0, 0);
        c.server(0, response);
        assertSafe(c, GET.length(), response.length());
        assertThat(c.ledger().server().covers(0, response.length())).isTrue();
        assertThat(c.ledger().client().size()).isZero();
        c.server(10, response.substring(10)); // a retransmission
        assertSafe(c, GET.length(), response.length());
        c.acks(response.length());
        bench.pass(2 * Bench.MILLI);
        assertSafe(c, GET.length(), response.length());
        assertThat(c.ledger().retained()).isZero();
        assertThat(standby.known(c.key).retained())
                .as("an idle connection keeps nothing")
                .isZero();
        assertThat(bench.engine.hasPending()).isFalse();
    }

    @Test
    void aBodyThatNobodyWantsIsCountedAndItsSafePointWaitsForTheClient() {
        Conn c = bench.open(1);
        c.client(0, GET);
        String head = head(1_000_000);
        c.server(0, head);
        int end = head.length() + 1_000_000;
        assertThat(c.slot().want).isEqualTo(c.serverSeq(end));
        c.server(head.length(), new byte[500_000]);
        assertThat(bench.engine.stats().serverBytes).isEqualTo(head.length());
        bench.pass(2 * Bench.MILLI);
        // The last number may have been a FIN.
        assertThat(c.ledger().serverEnd()).isEqualTo(head.length() + 499_999);
        c.server(head.length() + 500_000, new byte[500_000]);
        c.acks(end - 1);
        bench.pass(2 * Bench.MILLI);
        assertThat(c.ledger().serverEnd()).isEqualTo(end);
        assertSafe(c, 0, 0);
        c.acks(end);
        bench.pass(2 * Bench.MILLI);
        assertSafe(c, GET.length(), end);
        assertThat(bench.engine.hasPending()).isFalse();
    }

    @Test
    void capturedBytesOfAnUnwantedBodyAreNotKept() {
        Conn c = bench.open(1);
        c.client(0, GET);
        String head = head(300_000);
        bench.batch(() -> {
            boolean taken = bench.engine.onCapture(c.fromServer(0, Bench.text(head), 0, true));
            // Captured before the gate could know that it is not wanted.
            return taken && bench.engine.onCapture(c.fromServer(head.length(), new byte[30_000], 0, true));
        });
        assertThat(c.ledger().retained()).isEqualTo(GET.length() + head.length());
        assertThat(c.ledger().serverEnd()).isEqualTo(head.length() + 30_000);
        assertSame(c);
    }

    @Test
    void theTailOfAResponseWhoseHeadIsAcknowledgedIsEnough() {
        Bench verified = new Bench(FollowConfig.of(new HttpAdapter(), false, 4, Bench.RETAIN));
        Standby follower = verified.join(1 << 16);
        Conn c = verified.open(1);
        c.client(0, GET);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n";
        c.server(0, head);
        c.server(head.length(), new byte[2000]);
        int end = head.length() + 2000;
        assertThat(c.ledger().safeServer()).isEqualTo(end);
        assertThat(c.ledger().server().covers(0, end)).isTrue();
        c.acks(end - 10);
        c.client(GET.length(), GET);
        assertThat(c.ledger().server().start()).isEqualTo(end - 10);
        follower.readAll();
        Ledgers.assertEqual(follower.known(c.key), c.ledger());
    }

    @Test
    void aGapThatHadToBeSeenIsSaid() {
        Bench opaque = new Bench(new OpaqueAdapter());
        Standby follower = opaque.join(1 << 16);
        Conn c = opaque.open(1);
        c.client(0, "x");
        c.server(0, "seen");
        opaque.capture(c.fromServer(4, Bench.text("lost"), 0, false));
        follower.readAll();
        assertThat(c.ledger().unprotected()).contains("not captured");
        assertThat(follower.known(c.key).unprotected()).contains("not captured");
    }

    @Test
    void finComesAfterTheLastByteAndOnce() {
        Conn c = bench.open(1);
        c.client(0, "GET / HTTP/1.0\r\n\r\n");
        String head = "HTTP/1.0 200 OK\r\n\r\n";
        c.server(0, head);
        c.server(head.length(), new byte[100]);
        bench.wrap.kernelSends(c.slot(), c.serverSeq(head.length() + 100) + 1, c.slot().maxAck);
        bench.engine.maintain(bench.now); // before the record of the FIN, which counts as a number already
        bench.capture(c.fromServer(head.length() + 100, new byte[0], CaptureRecord.FIN, false));
        assertThat(c.ledger().serverFin()).isTrue();
        assertThat(c.ledger().serverEnd()).isEqualTo(head.length() + 100);
        c.serverFin(head.length() + 100);
        bench.pass(5 * Bench.MILLI);
        assertThat(c.ledger().serverEnd()).isEqualTo(head.length() + 100);
        c.slot().clientAck = c.serverSeq(head.length() + 100) + 1;
        bench.capture(Captures.segment(
                CaptureRecord.CLIENT,
                c.slot(),
                c.key,
                c.clientSeq(18),
                c.slot().clientAck,
                CaptureRecord.ACK | CaptureRecord.FIN,
                new byte[0],
                0));
        assertThat(c.ledger().acked()).isEqualTo(head.length() + 100);
        assertSame(c);
    }

    @Test
    void anEndBeforeWhatWasCountedAsSentIsSaid() {
        Conn c = bench.open(1);
        c.client(0, GET);
        String head = head(100);
        c.server(0, head);
        c.slot().lastSeq = c.serverSeq(head.length() + 100); // 99 bytes and a FIN
        bench.engine.maintain(bench.now);
        bench.capture(c.fromServer(head.length() + 99, new byte[0], CaptureRecord.FIN, false));
        assertThat(c.ledger().unprotected()).contains("ended before");
    }

    @Test
    void aResetMovesNothing() {
        Conn c = bench.open(1);
        c.client(0, GET);
        c.server(0, head(10));
        bench.capture(c.fromServer(5000, new byte[0], CaptureRecord.RST, false));
        bench.capture(c.fromClient(7000, new byte[0], CaptureRecord.RST));
        assertThat(c.ledger().serverEnd()).isEqualTo(head(10).length());
        assertThat(c.ledger().unprotected()).isNull();
        assertSame(c);
    }

    @Test
    void whatIsWantedFollowsTheStreamInSteps() {
        Conn c = bench.open(1);
        c.client(0, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        String head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\n";
        c.server(0, head);
        for (int i = 0; i < 10; i++) {
            assertThat(c.slot().want).isEqualTo(Seq.at(c.serverIsn, c.ledger().serverEnd() + (1L << 30)));
            c.slot().lastSeq += 900_000_000;
            bench.pass(2 * Bench.MILLI);
        }
        assertThat(c.ledger().serverEnd()).isEqualTo(head.length() + 9_000_000_000L - 1);
        assertThat(c.ledger().unprotected()).isNull();
        assertSame(c);
    }

    @Test
    void theServicesBytesHaveALimitToo() {
        Bench opaque = new Bench(new FollowConfig(new OpaqueAdapter(), true, 4, 100_000, 1 << 20, 1, 1));
        Standby follower = opaque.join(1 << 20);
        Conn c = opaque.open(1);
        c.client(0, "x");
        for (int i = 0; i < 3; i++) c.server(i * 40_000L, new byte[40_000]);
        follower.readAll();
        assertThat(c.ledger().unprotected()).contains("limits.retain");
        assertThat(follower.known(c.key).unprotected()).contains("limits.retain");
        assertThat(opaque.pool.usedBytes() + follower.pool.usedBytes()).isZero();
    }
}
