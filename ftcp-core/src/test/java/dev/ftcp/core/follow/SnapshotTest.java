package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A standby that comes while traffic flows. */
class SnapshotTest {
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n";
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final int LANE = 8 << 10;

    private final Bench bench = new Bench(FollowConfig.of(new HttpAdapter(), false, Bench.SLOTS, Bench.RETAIN));
    private final Standby standby = new Standby(LANE, Bench.SLOTS, Bench.RETAIN);

    private static byte[] random(int length) {
        byte[] b = new byte[length];
        new Random(length).nextBytes(b);
        return b;
    }

    private static String ok(int length) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n";
    }

    /** Brings the standby up; {@code between} runs between the steps. */
    private void sync(Runnable between) {
        bench.engine.attach(standby.writer);
        between.run();
        for (int steps = 0; !bench.engine.snapshot(bench.now); steps++) {
            assertThat(steps).isLessThan(10_000);
            standby.readAll();
            between.run();
        }
        assertThat(standby.ledger.complete()).isFalse();
        for (int i = 0; !bench.engine.finishSnapshot(); i++) {
            assertThat(i).isLessThan(1000);
            standby.readAll();
        }
        standby.readAll();
        assertThat(standby.ledger.complete()).isTrue();
        assertEqual();
    }

    private void assertEqual() {
        standby.readAll();
        int[] flows = new int[1];
        bench.engine.forEach(f -> {
            flows[0]++;
            Ledgers.assertEqual(standby.known(f.opening().key()), f);
            boolean unprotected = f.unprotected() != null;
            assertThat(bench.wrap.slot(f.opening().key()).open).isEqualTo(unprotected);
        });
        assertThat(standby.ledger.size()).isEqualTo(flows[0]);
    }

    @Test
    void aLargeConnectionGoesInStepsWhileItGrows() {
        Conn c = bench.open(1);
        byte[] body = random(300_000);
        c.client(0, POST);
        bench.capture(c.fromClient(POST.length(), Arrays.copyOf(body, 60_000), 0));
        int[] sent = {60_000};
        sync(() -> {
            if (sent[0] >= 120_000) return;
            byte[] more = Arrays.copyOfRange(body, sent[0], sent[0] + 3000);
            assertThat(bench.capture(c.fromClient(POST.length() + sent[0], more, 0)))
                    .isTrue();
            sent[0] += 3000;
        });
        assertThat(sent[0]).isEqualTo(120_000);
        bench.insist(c.fromClient(POST.length() + sent[0], Arrays.copyOfRange(body, sent[0], 150_000), 0), standby);
        assertEqual();
    }

    @Test
    void safePointsAndAcknowledgementsMoveBetweenTheSteps() {
        Conn c = bench.open(1);
        String head = ok(150_000);
        byte[] body = random(150_000);
        int end = head.length() + body.length;
        c.client(0, GET);
        c.server(0, head);
        c.server(head.length(), body); // verified later, so all of it is retained
        assertThat(c.ledger().safeServer()).isEqualTo(end);
        int[] step = new int[1];
        sync(() -> {
            step[0]++;
            if (step[0] < 5) {
                // Acknowledged by a request that is to be logged, too.
                c.acks(step[0] * 20_000);
                c.client(GET.length() + step[0] - 1, GET.substring(step[0] - 1, step[0]));
            } else if (step[0] == 7) {
                c.client(GET.length() + 4, GET.substring(4));
                c.server(end, ok(3) + "abc");
            }
        });
        assertThat(step[0]).isGreaterThan(7);
        assertThat(c.ledger().safeServer()).isEqualTo(end + ok(3).length() + 3);
    }

    @Test
    void connectionsComeAndGoMeanwhile() {
        Conn[] c = new Conn[8];
        for (int i = 0; i < 5; i++) {
            c[i] = bench.open(i);
            c[i].client(0, POST);
            bench.capture(c[i].fromClient(POST.length(), random(50_000), 0));
        }
        int[] step = new int[1];
        sync(() -> {
            switch (step[0]++) {
                case 0 -> c[5] = bench.open(5); // before the snapshot's first step
                case 1 -> c[0].event(CaptureRecord.GONE, 0); // which is partly written
                case 2 -> c[6] = bench.open(0, 7, 7); // in its place
                case 3 -> c[4].event(CaptureRecord.GONE, 0); // which is still to come
                case 5 -> bench.pass(2_000 * Bench.MILLI);
                case 6 -> c[7] = bench.open(7);
                case 7 -> c[2].client(10, "not what was sent");
                default -> {}
            }
            c[5].client(step[0] - 1, GET.substring(step[0] - 1, step[0]));
        });
        assertThat(step[0]).isGreaterThan(8);
        assertThat(standby.ledger.size()).isEqualTo(6);
        assertThat(standby.known(c[2].key).unprotected()).contains("different");
    }

    @Test
    void aConnectionThatClosesPartlyWrittenLeavesNothing() {
        Conn c = bench.open(1);
        c.client(0, POST);
        bench.capture(c.fromClient(POST.length(), random(60_000), 0));
        bench.engine.attach(standby.writer);
        assertThat(bench.engine.snapshot(bench.now)).isFalse();
        standby.readAll();
        assertThat(standby.ledger.size()).isEqualTo(1);
        c.event(CaptureRecord.GONE, 0);
        assertThat(bench.engine.snapshot(bench.now)).isTrue();
        assertThat(bench.engine.finishSnapshot()).isTrue();
        standby.readAll();
        assertThat(standby.ledger.size()).isZero();
        assertThat(standby.pool.usedBytes()).isZero();
    }

    @Test
    void bytesLostWhileNothingWasClampedAreFoundAtTheEnd() {
        Conn c = bench.open(1);
        Conn well = bench.open(2);
        c.client(0, "GET /");
        // Five more passed while the capture ring was full, and were acknowledged.
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(10));
        bench.wrap.kernelAcks(well.slot(), well.clientSeq(0));
        sync(() -> {});
        assertThat(c.ledger().unprotected()).contains("uncaptured");
        assertThat(well.ledger().unprotected()).isNull();
    }

    @Test
    void whatIsCapturedBeforeTheClampIsWaitedFor() {
        Conn c = bench.open(1);
        c.client(0, "GET /");
        CaptureRecord rest = c.fromClient(5, Bench.text(" HTTP"), 0);
        bench.wrap.kernelAcks(c.slot(), c.clientSeq(10));
        bench.engine.attach(standby.writer);
        assertThat(bench.engine.snapshot(bench.now)).isTrue();
        bench.capture(rest);
        assertThat(bench.engine.finishSnapshot()).isTrue();
        assertThat(c.ledger().unprotected()).isNull();
        assertEqual();
    }

    @Test
    void aStandbyThatIsLostAndReplaced() {
        Conn c = bench.open(1);
        sync(() -> {});
        c.client(0, GET);
        bench.engine.detach();
        assertThat(c.slot().open).isTrue();
        c.server(0, ok(2) + "ab");
        c.client(GET.length(), GET);
        Standby second = bench.join(LANE);
        assertThat(c.slot().open).isFalse();
        Ledgers.assertEqual(second.known(c.key), c.ledger());
        assertThat(second.known(c.key).safeClient()).isEqualTo(GET.length());
        c.server(ok(2).length() + 2, ok(1));
        second.readAll();
        Ledgers.assertEqual(second.known(c.key), c.ledger());
    }
}
