package dev.ftcp.daemon.relay;

import static dev.ftcp.daemon.relay.Bench.ascii;
import static dev.ftcp.daemon.relay.Bench.assertReset;
import static dev.ftcp.daemon.relay.Bench.read;
import static dev.ftcp.daemon.relay.Bench.readAll;
import static dev.ftcp.daemon.relay.Bench.reset;
import static dev.ftcp.daemon.relay.Bench.sleep;
import static dev.ftcp.daemon.relay.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.daemon.relay.FlowSummary.Ending;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
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
    private Bench bench;

    @BeforeEach
    void open() throws IOException {
        bench = new Bench();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void tailThenRegeneratedRestThenLiveBytes() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        // The service echoes 8 committed bytes; the client has 2 of them, 3 more are the tail, so 5 are discarded.
        Socket c = bench.adopt(
                relay, Flow.of(new Scripted(5)).past(ascii("abcdefgh")).tail(ascii("cde")));
        write(c, "ijkl");
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("cde" + "fgh" + "ijkl");
        Ends.End end = bench.ends.next();
        assertThat(end.summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(end.summary().bytesToBackend()).isEqualTo(12);
        assertThat(end.summary().bytesToClient()).isEqualTo(10);
        assertThat(bench.ends.transparent).hasValue(1);
        assertThat(relay.drain(Duration.ofSeconds(5))).isZero();
        RelayStats stats = relay.stats();
        assertThat(stats.adopted()).isEqualTo(1);
        assertThat(stats.backendConnects()).isEqualTo(1);
        assertThat(stats.live()).isZero();
        assertThat(stats.longestContinuationNanos()).isPositive();
    }

    @Test
    void committedClientFinFollowsTheCommittedBytes() throws Exception {
        Relay relay = bench.relay(
                bench.service((s, n) -> write(s, "got " + readAll(s))).address());
        Socket c = bench.adopt(
                relay, Flow.of(new Scripted(2)).past(ascii("request")).withClientFin());
        assertThat(readAll(c)).isEqualTo("t request");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void committedServerFinFollowsTheTailAndNoBackendIsAsked() throws Exception {
        Service service = bench.echo();
        Relay relay = bench.relay(service.address());
        Socket c = bench.adopt(relay, Flow.of(new Ended()).past(ascii("old")).tail(ascii("rest")));
        assertThat(readAll(c)).isEqualTo("rest");
        write(c, "nobody hears this");
        c.close();
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(service.accepted).hasValue(0);
    }

    @Test
    void aClientThatNeverClosesIsLeftToTheKernelAfterTheLinger() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        Socket c = bench.adopt(relay, Flow.of(new Ended()).tail(ascii("rest")));
        assertThat(readAll(c)).isEqualTo("rest");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.LINGER_EXPIRED);
    }

    @Test
    void halfCloseOfTheServiceLeavesTheOtherDirectionOpen() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Relay relay = bench.relay(bench.service((s, n) -> {
                    write(s, "bye");
                    s.shutdownOutput();
                    heard.add(readAll(s));
                })
                .address());
        Socket c = bench.adopt(relay, Flow.fresh());
        assertThat(readAll(c)).isEqualTo("bye");
        write(c, "late ");
        Thread.sleep(500); // longer than the linger: the service is still there
        write(c, "upload");
        c.close();
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("late upload");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void serviceClosesWhileTheClientGoesOn() throws Exception {
        Relay relay = bench.relay(bench.service((s, n) -> write(s, "408")).address());
        Socket c = bench.adopt(relay, Flow.fresh());
        assertThat(readAll(c)).isEqualTo("408");
        for (int i = 0; i < 5; i++) {
            write(c, "more"); // answered by the service's kernel with a RST; the client keeps what it was sent
            Thread.sleep(20);
        }
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.LINGER_EXPIRED);
    }

    @Test
    void clientResetReachesTheService() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Relay relay = bench.relay(bench.service((s, n) -> {
                    write(s, "hello");
                    try {
                        heard.add("end after " + readAll(s));
                    } catch (SocketException e) {
                        heard.add(e.getMessage());
                    }
                })
                .address());
        Socket c = bench.adopt(relay, Flow.fresh());
        assertThat(read(c, 5)).isEqualTo("hello");
        reset(c);
        assertThat(heard.poll(5, TimeUnit.SECONDS)).contains("reset");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.CLIENT_RESET);
    }

    @Test
    void clientResetIsNoticedAfterItsFin() throws Exception {
        Relay relay = bench.relay(bench.service((s, n) -> {
                    s.getInputStream().readAllBytes();
                    sleep(20_000);
                })
                .address());
        Socket c = bench.adopt(relay, Flow.fresh());
        c.shutdownOutput();
        Thread.sleep(100);
        reset(c);
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.CLIENT_RESET);
    }

    @Test
    void serviceResetReachesTheClient() throws Exception {
        Relay relay = bench.relay(bench.service((s, n) -> {
                    read(s, 2);
                    s.setSoLinger(true, 0);
                })
                .address());
        Socket c = bench.adopt(relay, Flow.fresh());
        write(c, "go");
        assertReset(c);
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.BACKEND_RESET);
    }

    /** The service had ended the connection, and the client has all of it but the tail. */
    private static final class Ended extends Scripted {
        Ended() {
            super(1);
        }

        @Override
        void start(ContinuationSink sink) {
            sink.finToClient();
            sink.finToBackend();
        }
    }
}
