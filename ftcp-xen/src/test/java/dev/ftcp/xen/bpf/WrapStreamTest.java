package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bulk transfers through the wrap: every byte captured, no ACK ahead of the commit, no window that shrinks. Needs root. */
class WrapStreamTest {
    private static final int MB = 1 << 20;

    @ParameterizedTest
    @CsvSource({"10.99.0.100, 200, 16777216", "fd99::100, 40, 16777216", "10.99.0.100, 2, 131072"})
    void uploadIsCapturedByteForByteBeforeItIsAcknowledged(String vip, int megabytes, int ring) throws Exception {
        transfer(vip, (long) megabytes * MB, ring, true, false);
    }

    @ParameterizedTest
    @CsvSource({"10.99.0.100, 200, 16777216", "fd99::100, 40, 16777216", "10.99.0.100, 2, 131072"})
    void downloadIsCapturedByteForByte(String vip, int megabytes, int ring) throws Exception {
        transfer(vip, (long) megabytes * MB, ring, false, false);
    }

    /** Super-segments go through the daemon and arrive as they were. */
    @ParameterizedTest
    @CsvSource({"10.99.0.100, 100, 16777216", "fd99::100, 40, 16777216", "10.99.0.100, 2, 131072"})
    void strictDownloadArrivesByteForByte(String vip, int megabytes, int ring) throws Exception {
        transfer(vip, (long) megabytes * MB, ring, false, true);
    }

    private static void transfer(String vip, long bytes, int ring, boolean upload, boolean strict) throws Exception {
        try (Lab lab = new Lab()) {
            Wrap wrap = lab.load(ring);
            wrap.gate().flags(Gate.STRICT, strict);
            protect(wrap);
            TestDaemon daemon = lab.in(lab.server, () -> new TestDaemon(wrap));
            lab.atEnd(daemon);
            daemon.keepRecords = false;
            daemon.want = !upload;
            InetSocketAddress address = Lab.address(vip);
            CompletableFuture<Long> service = service(lab, address, bytes, upload);
            AckWatch watch = new AckWatch(lab, wrap);
            lab.atEnd(watch);
            long got = lab.start(lab.client, () -> {
                        try (SocketChannel s = SocketChannel.open(address)) {
                            return upload ? push(s, bytes) : pull(s, bytes);
                        }
                    })
                    .get(40, TimeUnit.SECONDS);
            assertThat(got).isEqualTo(bytes);
            assertThat(service.get(20, TimeUnit.SECONDS)).isEqualTo(bytes);
            TestDaemon.Conn c = daemon.only();
            Lab.await("all captured", () -> {
                daemon.check();
                return upload ? c.clientBytes == bytes + 1 : c.serverBytes == bytes;
            });
            watch.close();
            if (strict)
                assertThat(daemon.superSegments)
                        .as("frames larger than a segment")
                        .isPositive();
            if (upload) assertThat(watch.frames()).isPositive();
            // The daemon and the kernel may send at the same instant, each on its CPU: then one may overtake the other,
            // rarely.
            assertThat(watch.movedLeft())
                    .as("right edges that moved left, of %d", watch.frames())
                    .isLessThanOrEqualTo(2 + watch.frames() / 1000);
            System.out.printf(
                    "%s %s %d MB ring %d KB: captured %d full %d clamped %d held %d wakes %d frames %d moved left %d%n",
                    upload ? "upload" : "download",
                    vip,
                    bytes / MB,
                    ring >> 10,
                    wrap.gate().count(GateCounter.CAPTURED),
                    wrap.gate().count(GateCounter.CAPTURE_FULL_DROPS),
                    wrap.gate().count(GateCounter.CLAMPED),
                    wrap.gate().count(GateCounter.HELD),
                    wrap.gate().wakes(),
                    watch.frames(),
                    watch.movedLeft());
            assertThat(wrap.gate().count(GateCounter.UNKNOWN_DROPS)).isZero();
        }
    }

    static void protect(Wrap wrap) {
        wrap.gate().lease(Long.MAX_VALUE);
        wrap.gate().mode(GateMode.PROTECT);
    }

    private static CompletableFuture<Long> service(Lab lab, InetSocketAddress at, long bytes, boolean upload)
            throws Exception {
        ServerSocketChannel listener =
                lab.in(lab.server, () -> ServerSocketChannel.open().bind(at));
        lab.atEnd(listener);
        return lab.start(lab.server, () -> {
            try (SocketChannel s = listener.accept()) {
                return upload ? pull(s, bytes) : push(s, bytes);
            }
        });
    }

    static long push(SocketChannel s, long bytes) throws Exception {
        ByteBuffer b = ByteBuffer.allocateDirect(256 << 10);
        long sent = 0;
        while (sent < bytes) {
            b.clear().limit((int) Math.min(b.capacity(), bytes - sent));
            Pattern.fill(b, sent);
            while (b.hasRemaining()) sent += s.write(b);
        }
        s.shutdownOutput();
        return sent;
    }

    static long pull(SocketChannel s, long bytes) throws Exception {
        ByteBuffer b = ByteBuffer.allocateDirect(256 << 10);
        long got = 0;
        while (true) {
            b.clear();
            int n = s.read(b);
            if (n < 0) return got;
            Pattern.check(b, 0, n, got);
            got += n;
        }
    }

    /** Watches from the client's side what the service acknowledges and promises. */
    static final class AckWatch implements AutoCloseable {
        private final CompletableFuture<Integer> done;
        private volatile boolean stop;
        private int frames;
        private int left;
        private int right;
        private int ack;
        private boolean begun;

        AckWatch(Lab lab, Wrap wrap) throws Exception {
            RawSocket raw = lab.in(lab.client, () -> new RawSocket(true, 0));
            done = lab.start(lab.client, () -> {
                try (raw) {
                    while (!stop) look(raw.receive(128), wrap);
                }
                return frames;
            });
        }

        private void look(ByteBuffer f, Wrap wrap) {
            if (f == null || f.limit() < 54) return;
            boolean v4 = f.getShort(12) == 0x0800;
            int l4 = v4 ? 34 : 54;
            if (f.limit() < l4 + 20 || (f.getShort(l4) & 0xFFFF) != Lab.PORT || (v4 ? f.get(23) : f.get(20)) != 6)
                return;
            // A RST that answers a late segment of a closed connection acknowledges nothing (RFC 9293, section
            // 3.10.7.1).
            if ((f.get(l4 + 13) & 0x10) == 0) return;
            boolean syn = (f.get(l4 + 13) & 2) != 0;
            int a = f.getInt(l4 + 8), shift = syn ? 0 : wrap.slots().windowShift(0);
            int edge = a + ((f.getShort(l4 + 14) & 0xFFFF) << shift);
            if (a - wrap.slots().committedAck(0) > 0) throw new AssertionError("ACK ahead of the commit");
            if (begun && a - ack >= 0 && edge - right < 0) left++;
            if (!begun || edge - right > 0) right = edge;
            if (!begun || a - ack > 0) ack = a;
            begun = true;
            frames++;
        }

        int frames() throws Exception {
            return done.get(5, TimeUnit.SECONDS);
        }

        /** Frames that took back a part of the window that one before had promised. Once closed. */
        int movedLeft() {
            return left;
        }

        @Override
        public void close() throws Exception {
            stop = true;
            done.get(5, TimeUnit.SECONDS);
        }
    }
}
