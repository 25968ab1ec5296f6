package dev.ftcp.daemon.relay;

import static dev.ftcp.daemon.relay.Bench.ascii;
import static dev.ftcp.daemon.relay.Bench.assertReset;
import static dev.ftcp.daemon.relay.Bench.read;
import static dev.ftcp.daemon.relay.Bench.readAll;
import static dev.ftcp.daemon.relay.Bench.sleep;
import static dev.ftcp.daemon.relay.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the service is not there yet or not asked for, and how the relay itself ends. */
@Timeout(60)
class RelayServiceTest {
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
    void aServiceThatStartsLateIsWaitedFor() throws Exception {
        int port;
        try (ServerSocket s = new ServerSocket(0)) {
            port = s.getLocalPort();
        }
        Relay relay = bench.relay(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Socket c = bench.adopt(relay, Flow.of(new Scripted(1)).past(ascii("abc")));
        Thread.sleep(400);
        bench.keep(new Service(port, (s, n) -> s.getInputStream().transferTo(s.getOutputStream())));
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("bc");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(relay.stats().backendRetries()).isPositive();
    }

    @Test
    void aServiceThatNeverStartsIsReported() throws Exception {
        int port;
        try (ServerSocket s = new ServerSocket(0)) {
            port = s.getLocalPort();
        }
        Relay relay = bench.relay(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Socket c = bench.adopt(relay, Flow.of(new Scripted(1)).past(ascii("abc")));
        assertReset(c);
        assertThat(bench.ends.next().reason()).startsWith("service unreachable").contains("refused");
    }

    @Test
    void anIdleFlowOpensItsBackendWhenTheClientSpeaks() throws Exception {
        Service service = bench.echo();
        Relay relay = bench.relay(service.address(), RelayConfig.defaults());
        Socket c = bench.adopt(relay, Flow.fresh().withBackendOnDemand());
        Thread.sleep(100);
        assertThat(service.accepted).hasValue(0);
        write(c, "now");
        assertThat(read(c, 3)).isEqualTo("now");
        Socket idle = bench.adopt(relay, Flow.fresh().withBackendOnDemand());
        idle.shutdownOutput();
        assertThat(readAll(idle)).isEmpty();
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(service.accepted).hasValue(1);
    }

    @Test
    void theServiceClosesAnIdleFlowByItsOwnRules() throws Exception {
        Relay relay = bench.relay(bench.service((s, n) -> sleep(50)).address());
        Socket c = bench.adopt(relay, Flow.fresh().withBackendOnDemand());
        assertThat(readAll(c)).isEmpty();
        c.close();
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void closeResetsWhatIsLeftWithAReason() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        Socket c = bench.adopt(relay, Flow.fresh());
        write(c, "x");
        assertThat(read(c, 1)).isEqualTo("x");
        assertThat(relay.drain(Duration.ofMillis(50))).isEqualTo(1);
        Socket late = bench.adopt(relay, Flow.fresh());
        assertReset(late);
        assertThat(bench.ends.next().reason()).isEqualTo("relay is closed");
        relay.close();
        assertReset(c);
        assertThat(bench.ends.next().reason()).isEqualTo("relay closed");
    }

    @Test
    void releasedFlowsGoWithoutAWord() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        Socket c = bench.adopt(relay, Flow.fresh());
        write(c, "x");
        assertThat(read(c, 1)).isEqualTo("x");
        assertThat(relay.releaseAll()).isZero();
        Ends.End end = bench.ends.next();
        assumeTrue(end.reason() == null, "needs CAP_NET_ADMIN: " + end.reason());
        assertThat(end.summary().ending()).isEqualTo(Ending.RELEASED);
        c.setSoTimeout(300);
        assertThatThrownBy(() -> c.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }
}
