package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a request and an idle connection cost. */
class FollowCostTest {
    private static final String GET = "GET /index.html HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello";
    private static final int REQUESTS = 50_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private long allocated() {
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    @Test
    void aSmallRequestAllocatesNothing() {
        Bench bench = new Bench(new HttpAdapter());
        Standby standby = bench.join(1 << 20);
        Conn c = bench.open(1);
        CaptureRecord request = c.fromClient(0, Bench.text(GET), 0);
        CaptureRecord response = c.fromServer(0, Bench.text(OK), 0, true);
        long best = Long.MAX_VALUE;
        long bestNanos = Long.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            long before = allocated();
            long began = System.nanoTime();
            for (int i = 0; i < REQUESTS; i++) one(bench, standby, c, request, response, (long) round * REQUESTS + i);
            bestNanos = Math.min(bestNanos, (System.nanoTime() - began) / REQUESTS);
            best = Math.min(best, (allocated() - before) / REQUESTS);
        }
        System.out.println("per request: " + best + " bytes allocated, " + bestNanos
                + " ns, ring writes and the standby's reads included");
        assertThat(c.ledger().unprotected()).isNull();
        assertThat(c.ledger().safeClient()).isEqualTo(8L * REQUESTS * GET.length());
        assertThat(best).isLessThan(16);
    }

    private static void one(
            Bench bench, Standby standby, Conn c, CaptureRecord request, CaptureRecord response, long n) {
        FakeWrap.Slot slot = bench.wrap.slot(0);
        bench.engine.beginBatch(bench.now);
        place(request, c.clientSeq(n * GET.length()), slot.lastSeq);
        if (!bench.engine.onCapture(request)) throw new AssertionError("log full");
        int seq = c.serverSeq(n * OK.length());
        place(response, seq, slot.maxAck);
        slot.lastSeq = seq + OK.length();
        if (!bench.engine.onCapture(response)) throw new AssertionError("log full");
        bench.engine.endBatch(bench.now);
        slot.clientAck = slot.lastSeq;
        bench.now += 3000;
        standby.read(100);
    }

    private static void place(CaptureRecord record, int seq, int ack) {
        record.buffer().putInt(12, seq).putInt(16, ack);
    }

    @Test
    void anIdleConnectionIsSmall() {
        int connections = 10_000;
        Bench bench = new Bench(FollowConfig.of(new HttpAdapter(), true, connections, 1 << 20));
        Standby standby = bench.join(1 << 20);
        warm(bench, standby, 0);
        long before = heap();
        long beforeDirect = bench.pool.usedBytes() + standby.pool.usedBytes();
        for (int i = 1; i < connections; i++) warm(bench, standby, i);
        bench.pass(2 * Bench.MILLI);
        standby.readAll();
        long perConnection = (heap() - before) / connections;
        long direct = (bench.pool.usedBytes() + standby.pool.usedBytes() - beforeDirect) / connections;
        System.out.println("per idle connection, both sides and this test's fake slots together: " + perConnection
                + " bytes of heap, " + direct + " of the pools");
        assertThat(standby.ledger.size()).isEqualTo(connections);
        assertThat(direct).isLessThan(16);
        assertThat(perConnection).isLessThan(2 * 2048);
    }

    private static void warm(Bench bench, Standby standby, int i) {
        Conn c = bench.open(i);
        bench.capture(c.fromClient(0, Bench.text(GET), 0));
        c.server(0, OK);
        c.acks(OK.length());
        if (i % 100 == 0) bench.pass(2 * Bench.MILLI);
        standby.readAll();
        bench.wrap.events.clear();
        bench.wrap.released.clear();
    }

    private static long heap() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Runtime r = Runtime.getRuntime();
            best = Math.min(best, r.totalMemory() - r.freeMemory());
        }
        return best;
    }
}
