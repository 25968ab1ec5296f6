package dev.ftcp.daemon.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exactness under random traffic, bounded memory, no work for nothing. */
@Timeout(120)
class RelayLoadTest {
    private static final int HIGH_WATER = 64 << 10, LOW_WATER = 16 << 10;
    private final Ends ends = new Ends();

    static Relay relay(int threads) {
        return new Relay(new RelayConfig(
                threads,
                HIGH_WATER,
                LOW_WATER,
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30)));
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] concat(byte[] a, int from, byte[] b) {
        byte[] all = Arrays.copyOf(Arrays.copyOfRange(a, from, a.length), a.length - from + b.length);
        System.arraycopy(b, 0, all, a.length - from, b.length);
        return all;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 0})
    void randomTrafficIsExact(long given) throws Exception {
        long seed = given == 0 ? System.nanoTime() : given;
        System.out.println("RelayLoadTest.randomTrafficIsExact seed " + seed);
        try (Service service = Service.echo();
                Acceptor acceptor = new Acceptor();
                Relay relay = relay(2)) {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            Random seeds = new Random(seed);
            for (int i = 0; i < 24; i++) {
                Random random = new Random(seeds.nextLong());
                Acceptor.Pair pair = acceptor.pair(random.nextBoolean() ? 4 << 10 : 0);
                byte[] past = random(random, random.nextInt(4) == 0 ? 0 : random.nextInt(300_000));
                int seen = random.nextInt(past.length + 1);
                int tail = random.nextInt(past.length - seen + 1);
                boolean fin = random.nextInt(4) == 0;
                byte[] liveBytes = random(random, fin ? 0 : random.nextInt(1_500_000));
                Flow flow =
                        Flow.of(new Scripted(seen + tail)).past(past).tail(Arrays.copyOfRange(past, seen, seen + tail));
                if (fin) flow = flow.withClientFin();
                if (random.nextBoolean()) flow = flow.withBackendOnDemand();
                relay.adopt(flow.adopt(i, pair.fd(), service.address(), ends));
                all.add(CompletableFuture.runAsync(
                        () -> talk(pair.client(), random, liveBytes, fin, concat(past, seen, liveBytes)),
                        task -> new Thread(task).start()));
            }
            for (CompletableFuture<Void> one : all) one.join();
            for (int i = 0; i < 24; i++)
                assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        }
    }

    private static void talk(Socket client, Random random, byte[] live, boolean fin, byte[] expected) {
        long readSeed = random.nextLong();
        try (client) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(
                    () -> {
                        try {
                            OutputStream out = client.getOutputStream();
                            for (int at = 0; at < live.length; ) {
                                int n = Math.min(
                                        1 + random.nextInt(random.nextBoolean() ? 100 : 60_000), live.length - at);
                                out.write(live, at, n);
                                at += n;
                                if (random.nextInt(20) == 0) Thread.sleep(random.nextInt(5));
                            }
                            if (!fin) client.shutdownOutput();
                        } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> new Thread(task).start());
            Random reads = new Random(readSeed);
            byte[] got = new byte[expected.length + 1];
            int at = 0;
            while (at < got.length) {
                int n = client.getInputStream().read(got, at, Math.min(1 + reads.nextInt(30_000), got.length - at));
                if (n < 0) break;
                at += n;
                if (reads.nextInt(20) == 0) Thread.sleep(reads.nextInt(5));
            }
            writer.join();
            assertThat(at).isEqualTo(expected.length);
            assertThat(Arrays.mismatch(got, 0, at, expected, 0, at)).isEqualTo(-1);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSlowClientHoldsUpItsServiceAndNotTheMemory() throws Exception {
        int flows = 8;
        byte[] body = random(new Random(4), 24 << 20);
        AtomicLong sent = new AtomicLong();
        try (Service service = new Service((s, n) -> {
                    for (int at = 0; at < body.length; at += 1 << 14) {
                        s.getOutputStream().write(body, at, 1 << 14);
                        sent.addAndGet(1 << 14);
                    }
                });
                Acceptor acceptor = new Acceptor();
                Relay relay = relay(1)) {
            List<Socket> clients = adopt(relay, service.address(), acceptor, flows, 0);
            settle(sent);
            assertThat(sent.get()).isLessThan((long) flows * body.length);
            assertThat(pinned()).isLessThan((long) flows * (HIGH_WATER + 3 * (64 << 10)));
            Loops.assertIdle();
            for (Socket c : clients) {
                assertThat(Arrays.equals(c.getInputStream().readAllBytes(), body))
                        .isTrue();
                c.close();
            }
            for (int i = 0; i < flows; i++)
                assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        }
    }

    /** FIN in the receive buffer of a paused leg, with and without our own FIN out: neither memory nor a spinning loop. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFinBehindAPauseCostsNothing(boolean clientFinFirst) throws Exception {
        int flows = 8;
        AtomicLong sent = new AtomicLong();
        byte[] body = random(new Random(5), 600 << 10);
        try (Service service = new Service((s, n) -> {
                    if (clientFinFirst) s.getInputStream().readAllBytes();
                    s.getOutputStream().write(body);
                    s.shutdownOutput();
                    sent.addAndGet(body.length);
                    s.getInputStream().readAllBytes();
                });
                Acceptor acceptor = new Acceptor();
                Relay relay = relay(1)) {
            List<Socket> clients = adopt(relay, service.address(), acceptor, flows, 2 << 10);
            if (clientFinFirst) for (Socket c : clients) c.shutdownOutput();
            settle(sent);
            assertThat(pinned()).isLessThan((long) flows * (HIGH_WATER + 4 * (64 << 10)));
            Loops.assertIdle();
            for (Socket c : clients) {
                assertThat(Arrays.equals(c.getInputStream().readAllBytes(), body))
                        .isTrue();
                if (!clientFinFirst) Loops.assertIdle();
                c.close();
            }
            for (int i = 0; i < flows; i++)
                assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        }
    }

    /** The service takes its time with a large committed body: it is pulled as it goes, and released at the end. */
    @Test
    void aLargePastIsPulledAsTheServiceTakesIt() throws Exception {
        long length = 64L << 20;
        AtomicBoolean go = new AtomicBoolean();
        AtomicInteger released = new AtomicInteger();
        AtomicLong pulled = new AtomicLong();
        try (Service service = new Service((s, n) -> {
                    while (!go.get()) Thread.onSpinWait();
                    long sum = 0;
                    byte[] buffer = new byte[1 << 16];
                    for (int r; (r = s.getInputStream().read(buffer)) > 0; )
                        for (int i = 0; i < r; i++) sum += buffer[i];
                    s.getOutputStream().write(Long.toString(sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                });
                Acceptor acceptor = new Acceptor();
                Relay relay = relay(1)) {
            Acceptor.Pair pair = acceptor.pair();
            relay.adopt(Flow.fresh()
                    .past(new CommittedBytes() {
                        @Override
                        public long remaining() {
                            return length - pulled.get();
                        }

                        @Override
                        public void next(ByteBuffer dst) {
                            long n = Math.min(dst.remaining(), remaining());
                            for (long i = 0; i < n; i++) dst.put((byte) 1);
                            pulled.addAndGet(n);
                        }

                        @Override
                        public void close() {
                            released.incrementAndGet();
                        }
                    })
                    .adopt(1, pair.fd(), service.address(), ends));
            pair.client().getOutputStream().write(new byte[] {1, 1, 1});
            pair.client().shutdownOutput();
            settle(pulled);
            assertThat(pulled.get()).isLessThan(length / 2);
            assertThat(pinned()).isLessThan(1 << 20);
            go.set(true);
            byte[] answer = pair.client().getInputStream().readAllBytes();
            assertThat(new String(answer, java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("" + (length + 3));
            assertThat(ends.next().summary().bytesToBackend()).isEqualTo(length + 3);
            assertThat(released).hasValue(1);
        }
    }

    private List<Socket> adopt(
            Relay relay, InetSocketAddress service, Acceptor acceptor, int flows, int clientReceiveBuffer)
            throws IOException {
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < flows; i++) {
            Acceptor.Pair pair = acceptor.pair(clientReceiveBuffer);
            clients.add(pair.client());
            relay.adopt(Flow.fresh().adopt(i, pair.fd(), service, ends));
        }
        return clients;
    }

    /** Waits until nothing moves any more. */
    private static void settle(AtomicLong counter) throws InterruptedException {
        long last = -1;
        for (int same = 0; same < 5; ) {
            Thread.sleep(100);
            long now = counter.get();
            same = now == last ? same + 1 : 0;
            last = now;
        }
    }

    private static long pinned() {
        return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }
}
