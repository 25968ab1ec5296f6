package dev.ftcp.daemon.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.daemon.relay.FlowSummary.Ending;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a relayed flow begins and ends: bytes, FIN and RST in every order that matters. */
@Timeout(60)
class RelayTest {
    private final Ends ends = new Ends();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Acceptor acceptor;

    @BeforeEach
    void open() throws IOException {
        acceptor = keep(new Acceptor());
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size(); i-- > 0; ) open.get(i).close();
    }

    private <T extends AutoCloseable> T keep(T t) {
        open.add(t);
        return t;
    }

    private Service service(Service.Dialogue d) throws IOException {
        return keep(new Service(d));
    }

    private Relay relay(InetSocketAddress backend) {
        return keep(new Relay(new RelayConfig(
                backend,
                1,
                64 << 10,
                16 << 10,
                Duration.ofSeconds(1),
                Duration.ofMillis(1500),
                Duration.ofMillis(200),
                Duration.ofMillis(300))));
    }

    private Socket adopt(Relay relay, Flow flow) throws IOException {
        Acceptor.Pair pair = acceptor.pair();
        keep(pair.client());
        relay.adopt(flow.adopt(7, pair.fd(), ends));
        return pair.client();
    }

    private static byte[] ascii(String s) {
        return s.getBytes(US_ASCII);
    }

    private static String read(Socket s, int n) throws IOException {
        return new String(s.getInputStream().readNBytes(n), US_ASCII);
    }

    private static String readAll(Socket s) throws IOException {
        return new String(s.getInputStream().readAllBytes(), US_ASCII);
    }

    private static void write(Socket s, String bytes) throws IOException {
        s.getOutputStream().write(ascii(bytes));
    }

    private static void reset(Socket s) throws IOException {
        s.setSoLinger(true, 0);
        s.close();
    }

    private static void assertReset(Socket s) {
        assertThatThrownBy(() -> s.getInputStream().readAllBytes())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void tailThenRegeneratedRestThenLiveBytes() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        // The service echoes 8 committed bytes; the client has 2 of them, 3 more are the tail, so 5 are discarded.
        Socket c = adopt(relay, Flow.of(new Scripted(5)).past(ascii("abcdefgh")).tail(ascii("cde")));
        write(c, "ijkl");
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("cde" + "fgh" + "ijkl");
        Ends.End end = ends.next();
        assertThat(end.summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(end.summary().bytesToBackend()).isEqualTo(12);
        assertThat(end.summary().bytesToClient()).isEqualTo(10);
        assertThat(ends.transparent).hasValue(1);
        assertThat(relay.drain(Duration.ofSeconds(5))).isZero();
        RelayStats stats = relay.stats();
        assertThat(stats.adopted()).isEqualTo(1);
        assertThat(stats.backendConnects()).isEqualTo(1);
        assertThat(stats.live()).isZero();
        assertThat(stats.longestContinuationNanos()).isPositive();
    }

    @Test
    void committedClientFinFollowsTheCommittedBytes() throws Exception {
        Relay relay = relay(service((s, n) -> write(s, "got " + readAll(s))).address());
        Socket c = adopt(relay, Flow.of(new Scripted(2)).past(ascii("request")).withClientFin());
        assertThat(readAll(c)).isEqualTo("t request");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void committedServerFinFollowsTheTailAndNoBackendIsAsked() throws Exception {
        Service service = keep(Service.echo());
        Relay relay = relay(service.address());
        Socket c =
                adopt(relay, Flow.fresh().past(ascii("old")).tail(ascii("rest")).withServerFin());
        assertThat(readAll(c)).isEqualTo("rest");
        write(c, "nobody hears this");
        c.close();
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(service.accepted).hasValue(0);
    }

    @Test
    void aClientThatNeverClosesIsLeftToTheKernelAfterTheLinger() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        Socket c = adopt(relay, Flow.fresh().tail(ascii("rest")).withServerFin());
        assertThat(readAll(c)).isEqualTo("rest");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.LINGER_EXPIRED);
    }

    @Test
    void halfCloseOfTheServiceLeavesTheOtherDirectionOpen() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Relay relay = relay(service((s, n) -> {
                    write(s, "bye");
                    s.shutdownOutput();
                    heard.add(readAll(s));
                })
                .address());
        Socket c = adopt(relay, Flow.fresh());
        assertThat(readAll(c)).isEqualTo("bye");
        write(c, "late ");
        Thread.sleep(500); // longer than the linger: the service is still there
        write(c, "upload");
        c.close();
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("late upload");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void serviceClosesWhileTheClientGoesOn() throws Exception {
        Relay relay = relay(service((s, n) -> write(s, "408")).address());
        Socket c = adopt(relay, Flow.fresh());
        assertThat(readAll(c)).isEqualTo("408");
        for (int i = 0; i < 5; i++) {
            write(c, "more"); // answered by the service's kernel with a RST; the client keeps what it was sent
            Thread.sleep(20);
        }
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.LINGER_EXPIRED);
    }

    @Test
    void clientResetReachesTheService() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Relay relay = relay(service((s, n) -> {
                    write(s, "hello");
                    try {
                        heard.add("end after " + readAll(s));
                    } catch (SocketException e) {
                        heard.add(e.getMessage());
                    }
                })
                .address());
        Socket c = adopt(relay, Flow.fresh());
        assertThat(read(c, 5)).isEqualTo("hello");
        reset(c);
        assertThat(heard.poll(5, TimeUnit.SECONDS)).contains("reset");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.CLIENT_RESET);
    }

    @Test
    void clientResetIsNoticedAfterItsFin() throws Exception {
        Relay relay = relay(service((s, n) -> {
                    s.getInputStream().readAllBytes();
                    sleep(20_000);
                })
                .address());
        Socket c = adopt(relay, Flow.fresh());
        c.shutdownOutput();
        Thread.sleep(100);
        reset(c);
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.CLIENT_RESET);
    }

    @Test
    void serviceResetReachesTheClient() throws Exception {
        Relay relay = relay(service((s, n) -> {
                    read(s, 2);
                    s.setSoLinger(true, 0);
                })
                .address());
        Socket c = adopt(relay, Flow.fresh());
        write(c, "go");
        assertReset(c);
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.BACKEND_RESET);
    }

    @Test
    void truncationByAResetIsNeverPassedAsAnEnd() throws Exception {
        Relay relay = relay(service((s, n) -> {
                    read(s, 3);
                    write(s, "partial");
                    sleep(100);
                    s.setSoLinger(true, 0);
                })
                .address());
        // Not transparent, and this continuation takes the service's end for the end of the body.
        Socket c = adopt(relay, Flow.of(new Scripted(100)).past(ascii("get")));
        assertReset(c);
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.BACKEND_RESET);
    }

    @Test
    void reopenDropsTheOldConnectionAndItsBytes() throws Exception {
        Service service = service((s, n) -> {
            if (n == 0) {
                read(s, 5);
                write(s, "refused+");
                write(s, "never delivered");
                sleep(20_000);
            }
            write(s, "second:" + readAll(s));
        });
        Relay relay = relay(service.address());
        Socket c = adopt(relay, Flow.of(new Scripted(1) {
            private boolean second;

            @Override
            void start(ContinuationSink sink) {
                sink.toBackend(ByteBuffer.wrap(ascii("first")));
            }

            @Override
            void backend(ByteBuffer bytes, ContinuationSink sink) {
                if (second) {
                    super.backend(bytes, sink);
                    return;
                }
                second = true;
                sink.toBackend(ByteBuffer.wrap(ascii("lost")));
                sink.reopenBackend();
                sink.toBackend(ByteBuffer.wrap(ascii("plain")));
            }
        }));
        Thread.sleep(100);
        write(c, "!");
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("econd:plain!");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(service.accepted).hasValue(2);
    }

    @Test
    void aBackendResetMayBeAnsweredByReopening() throws Exception {
        Relay relay = relay(service((s, n) -> {
                    read(s, 1);
                    if (n == 0) s.setSoLinger(true, 0);
                    else write(s, "ok");
                })
                .address());
        Socket c = adopt(relay, Flow.of(new Scripted(1) {
            private boolean tried;

            @Override
            void start(ContinuationSink sink) {
                sink.toBackend(ByteBuffer.wrap(ascii("x")));
            }

            @Override
            void backendFin(ContinuationSink sink) {
                if (tried) {
                    sink.finToClient();
                    return;
                }
                tried = true;
                sink.reopenBackend();
                sink.toBackend(ByteBuffer.wrap(ascii("x")));
            }
        }));
        assertThat(readAll(c)).isEqualTo("k");
        c.close();
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void aContinuationRewritesBothDirections() throws Exception {
        Relay relay =
                relay(service((s, n) -> write(s, readAll(s).toUpperCase())).address());
        Socket c = adopt(
                relay,
                Flow.of(new Scripted(1) {
                            @Override
                            void start(ContinuationSink sink) {
                                sink.toBackend(ByteBuffer.wrap(ascii("prelude ")));
                            }

                            @Override
                            void client(ByteBuffer bytes, ContinuationSink sink) {
                                while (bytes.hasRemaining())
                                    sink.toBackend(ByteBuffer.wrap(new byte[] {bytes.get(), (byte) '-'}));
                            }

                            @Override
                            void backend(ByteBuffer bytes, ContinuationSink sink) {
                                sink.toClient(ByteBuffer.wrap(ascii("<")));
                                sink.toClient(bytes);
                                sink.toClient(ByteBuffer.wrap(ascii(">")));
                            }
                        })
                        .past(ascii("ab")));
        write(c, "cd");
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("<PRELUDE A-B-C-D->");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void resetNamesItsReason() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        Socket c = adopt(
                relay,
                Flow.of(new Scripted(9) {
                            @Override
                            void backend(ByteBuffer bytes, ContinuationSink sink) {
                                sink.toClient(bytes);
                                sink.reset("entity changed");
                                sink.toClient(ByteBuffer.wrap(ascii("ignored")));
                            }
                        })
                        .past(ascii("x")));
        assertReset(c);
        Ends.End end = ends.next();
        assertThat(end.reason()).isEqualTo("entity changed");
        assertThat(end.summary().ending()).isEqualTo(Ending.RESET);
        assertThat(relay.stats().resets()).isEqualTo(1);
    }

    @Test
    void aContinuationThatThrowsResetsItsFlow() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        Socket c = adopt(
                relay,
                Flow.of(new Scripted(9) {
                            @Override
                            void client(ByteBuffer bytes, ContinuationSink sink) {
                                throw new IllegalStateException("bug");
                            }
                        })
                        .past(ascii("x")));
        assertReset(c);
        assertThat(ends.next().reason()).contains("continuation failed").contains("bug");
    }

    @Test
    void committedBytesThatEndEarlyAreNoticed() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        Socket c = adopt(relay, Flow.fresh().past(new CommittedBytes() {
            @Override
            public long remaining() {
                return 10;
            }

            @Override
            public void next(ByteBuffer dst) {}

            @Override
            public void close() {}
        }));
        assertReset(c);
        assertThat(ends.next().reason()).contains("too early");
    }

    @Test
    void aServiceThatStartsLateIsWaitedFor() throws Exception {
        int port;
        try (ServerSocket s = new ServerSocket(0)) {
            port = s.getLocalPort();
        }
        Relay relay = relay(new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), port));
        Socket c = adopt(relay, Flow.of(new Scripted(1)).past(ascii("abc")));
        Thread.sleep(400);
        keep(new Service(port, (s, n) -> s.getInputStream().transferTo(s.getOutputStream())));
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("bc");
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(relay.stats().backendRetries()).isPositive();
    }

    @Test
    void aServiceThatNeverStartsIsReported() throws Exception {
        int port;
        try (ServerSocket s = new ServerSocket(0)) {
            port = s.getLocalPort();
        }
        Relay relay = relay(new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), port));
        Socket c = adopt(relay, Flow.of(new Scripted(1)).past(ascii("abc")));
        assertReset(c);
        assertThat(ends.next().reason()).startsWith("service unreachable").contains("refused");
    }

    @Test
    void anIdleFlowOpensItsBackendWhenTheClientSpeaks() throws Exception {
        Service service = keep(Service.echo());
        Relay relay = keep(new Relay(RelayConfig.of(service.address())));
        Socket c = adopt(relay, Flow.fresh().withBackendOnDemand());
        Thread.sleep(100);
        assertThat(service.accepted).hasValue(0);
        write(c, "now");
        assertThat(read(c, 3)).isEqualTo("now");
        Socket idle = adopt(relay, Flow.fresh().withBackendOnDemand());
        idle.shutdownOutput();
        assertThat(readAll(idle)).isEmpty();
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(service.accepted).hasValue(1);
    }

    @Test
    void theServiceClosesAnIdleFlowByItsOwnRules() throws Exception {
        Relay relay = relay(service((s, n) -> sleep(50)).address());
        Socket c = adopt(relay, Flow.fresh().withBackendOnDemand());
        assertThat(readAll(c)).isEmpty();
        c.close();
        assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void closeResetsWhatIsLeftWithAReason() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        Socket c = adopt(relay, Flow.fresh());
        write(c, "x");
        assertThat(read(c, 1)).isEqualTo("x");
        assertThat(relay.drain(Duration.ofMillis(50))).isEqualTo(1);
        Socket late = adopt(relay, Flow.fresh());
        assertReset(late);
        assertThat(ends.next().reason()).isEqualTo("relay is closed");
        relay.close();
        assertReset(c);
        assertThat(ends.next().reason()).isEqualTo("relay closed");
    }

    @Test
    void releasedFlowsGoWithoutAWord() throws Exception {
        Relay relay = relay(keep(Service.echo()).address());
        Socket c = adopt(relay, Flow.fresh());
        write(c, "x");
        assertThat(read(c, 1)).isEqualTo("x");
        assertThat(relay.releaseAll()).isZero();
        Ends.End end = ends.next();
        org.junit.jupiter.api.Assumptions.assumeTrue(end.reason() == null, "needs CAP_NET_ADMIN: " + end.reason());
        assertThat(end.summary().ending()).isEqualTo(Ending.RELEASED);
        c.setSoTimeout(300);
        assertThatThrownBy(() -> c.getInputStream().read()).isInstanceOf(java.net.SocketTimeoutException.class);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
