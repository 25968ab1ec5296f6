package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.capture.CaptureRecord;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gate's rules on small connections, each with the switch that takes the rule out. Needs root. */
class WrapGateTest {
    @AutoClose
    private final Fixture f = new Fixture();

    private final Lab lab = f.lab;
    private final Wrap wrap = f.wrap;
    private final TestDaemon daemon = f.daemon;

    WrapGateTest() throws Exception {}

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ackIsHeldUntilTheCommitAndDataPassesClamped(boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_CLAMP, !rule);
        daemon.commit = false;
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        p.client().getOutputStream().write(Fixture.pattern(100));
        assertThat(p.service().getInputStream().readNBytes(100)).isEqualTo(Fixture.pattern(100));
        int isn = c.clientIsn + 1;
        Lab.await("kernel acknowledges", () -> wrap.slots().maxAck(c.slot) == isn + 100);
        if (!rule) {
            assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(isn + 100);
            return;
        }
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(isn);
        Lab.await("held", () -> wrap.slots().held(c.slot) > 0);

        p.service().getOutputStream().write(Fixture.pattern(50));
        assertThat(p.client().getInputStream().readNBytes(50)).isEqualTo(Fixture.pattern(50));
        assertThat(wrap.slots().clamped(c.slot)).isPositive();
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(isn);
        assertThat(f.unacknowledged()).isEqualTo(1);

        daemon.commit(c);
        daemon.commit = true;
        Lab.await("the kick leaves", () -> wrap.slots().sentAck(c.slot) == isn + 100);
        Lab.await("the client has the ACK", () -> f.unacknowledged() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.VIP4, Lab.VIP6})
    void whatADeafConnectionsClientSaysComesInLaterButAReset(String vip) throws Exception {
        Fixture.Pair p = f.connect(vip);
        TestDaemon.Conn c = daemon.only();
        int before = wrap.slots().maxAck(c.slot);
        wrap.slots().deaf(c.slot, true);
        p.client().getOutputStream().write(Fixture.pattern(10));
        p.service().setSoTimeout(700); // its client has sent it three times by then
        assertThatThrownBy(() -> p.service().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThat(wrap.slots().maxAck(c.slot)).as("nothing is acknowledged").isEqualTo(before);
        assertThat(daemon.count(CaptureRecord.CLIENT)).as("nothing is captured").isZero();
        wrap.slots().deaf(c.slot, false);
        p.service().setSoTimeout(5000);
        assertThat(p.service().getInputStream().readNBytes(10)).isEqualTo(Fixture.pattern(10));
        Lab.await("captured", () -> c.clientBytes == 10);

        wrap.slots().deaf(c.slot, true);
        p.client().setSoLinger(true, 0);
        p.client().close();
        assertThatThrownBy(() -> p.service().getInputStream().read()).isInstanceOf(SocketException.class);
    }

    @ParameterizedTest
    @CsvSource({"10.99.0.100, true", "fd99::100, true", "10.99.0.100, false"})
    void synAckWaitsForTheDaemon(String vip, boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_HOLD, !rule);
        daemon.release = false;
        ServerSocket listener = f.listen(vip);
        CompletableFuture<Socket> client =
                lab.start(lab.client, () -> new Socket(Lab.address(vip).getAddress(), Lab.PORT));
        if (!rule) {
            client.get(5, TimeUnit.SECONDS).close();
            return;
        }
        TestDaemon.Conn c = daemon.only();
        assertThatThrownBy(() -> client.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        daemon.release(c);
        try (Socket s = client.get(5, TimeUnit.SECONDS);
                Socket service = listener.accept()) {
            service.getOutputStream().write('!');
            assertThat(s.getInputStream().read()).isEqualTo('!');
        }
        assertThat(daemon.count(CaptureRecord.SYN)).isPositive();
        assertThat(wrap.gate().count(GateCounter.SYNACK_HELD)).isPositive();
    }

    @Test
    void anAbortPassesAndEndsAreRecorded() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        assertThat(wrap.slots().seen(c.slot) & SlotTable.SEEN_OPEN).isNotZero();
        p.client().getOutputStream().write(Fixture.pattern(10));
        Lab.await("captured", () -> c.clientBytes == 10);
        Lab.await("delivered", () -> p.service().getInputStream().available() == 10);
        p.service().setSoLinger(true, 0);
        p.service().close();
        Lab.await("gone", () -> daemon.count(CaptureRecord.GONE) == 1);
        // The socket's state changes before its RST leaves, so GONE may be drained a moment earlier.
        Lab.await(
                "the reset is recorded",
                () -> daemon.records.stream()
                        .anyMatch(r -> r.kind() == CaptureRecord.SERVER && (r.flags() & CaptureRecord.RST) != 0));
        p.client().setSoTimeout(3000);
        assertThatThrownBy(() -> p.client().getInputStream().read()).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({"10.99.0.100, true", "fd99::100, true", "10.99.0.100, false"})
    void strictOutputWaitsForTheDaemon(String vip, boolean rule) throws Exception {
        wrap.gate().flags(Gate.STRICT, true);
        wrap.gate().flags(Gate.TEST_NO_STRICT, !rule);
        daemon.want = true;
        daemon.sendOn = false;
        Fixture.Pair p = f.connect(vip);
        TestDaemon.Conn c = daemon.only();
        p.service().getOutputStream().write(Fixture.pattern(50));
        p.client().setSoTimeout(rule ? 400 : 5000);
        if (!rule) {
            assertThat(p.client().getInputStream().readNBytes(50)).isEqualTo(Fixture.pattern(50));
            return;
        }
        assertThatThrownBy(() -> p.client().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThat(wrap.slots().lastSeq(c.slot)).as("nothing has left").isEqualTo(c.serverIsn + 1);
        assertThat(wrap.gate().count(GateCounter.OUTPUT_HELD)).isPositive();
        daemon.sendOn = true; // TCP sends it again, and that goes the same way
        p.client().setSoTimeout(5000);
        assertThat(p.client().getInputStream().readNBytes(50)).isEqualTo(Fixture.pattern(50));
        p.service().close();
        assertThat(p.client().getInputStream().read())
                .as("the FIN, which is held too")
                .isEqualTo(-1);
    }

    @Test
    void strictOutputThatIsUnprotectedOrNotWantedPasses() throws Exception {
        wrap.gate().flags(Gate.STRICT, true);
        daemon.sendOn = false;
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        p.client().setSoTimeout(5000);
        p.service().getOutputStream().write(Fixture.pattern(50)); // not wanted
        assertThat(p.client().getInputStream().readNBytes(50)).isEqualTo(Fixture.pattern(50));
        wrap.slots().want(c.slot, c.serverIsn + 51);
        wrap.slots().open(c.slot, true);
        p.service().close();
        assertThat(p.client().getInputStream().read()).isEqualTo(-1);
        assertThat(wrap.gate().count(GateCounter.OUTPUT_HELD)).isZero();
    }

    @Test
    void heldOutputIsClampedWhenItIsSentOn() throws Exception {
        wrap.gate().flags(Gate.STRICT, true);
        daemon.want = true;
        daemon.commit = false;
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        p.client().getOutputStream().write(Fixture.pattern(100));
        assertThat(p.service().getInputStream().readNBytes(100)).isEqualTo(Fixture.pattern(100));
        p.service().getOutputStream().write(Fixture.pattern(50));
        assertThat(p.client().getInputStream().readNBytes(50)).isEqualTo(Fixture.pattern(50));
        assertThat(wrap.gate().count(GateCounter.OUTPUT_HELD)).isPositive();
        assertThat(wrap.slots().maxAck(c.slot)).isEqualTo(c.clientIsn + 101);
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(c.clientIsn + 1);
        assertThat(f.unacknowledged()).isEqualTo(1);
    }

    @Test
    void doubtLetsAnOrdinaryClosePass() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        daemon.only();
        wrap.gate().flags(Gate.DOUBT, true);
        p.service().close();
        p.client().setSoTimeout(5000);
        assertThat(p.client().getInputStream().read()).isEqualTo(-1);
    }

    /** A connection that is not restored yet: its client hears nothing of a kernel that does not know it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withoutASlotTheEndIsRecordedAndDoubtSwallowsTheKernelsReset(boolean doubt) throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        wrap.unbind(c.key);
        p.service().setSoLinger(true, 0);
        p.service().close(); // swallowed: the gate protects, and knows no such connection
        Lab.await("gone", () -> daemon.count(CaptureRecord.GONE) == 1);
        wrap.gate().flags(Gate.DOUBT, doubt);
        wrap.gate().mode(GateMode.OPEN);
        p.client().getOutputStream().write(1);
        p.client().setSoTimeout(300);
        assertThatThrownBy(() -> p.client().getInputStream().read())
                .isInstanceOf(doubt ? SocketTimeoutException.class : SocketException.class);
    }

    /** It was made before the connection was restored, and has waited for the client's Ethernet address since. */
    @ParameterizedTest
    @CsvSource({"10.99.0.100,true", "10.99.0.100,false", "fd99::100,true", "fd99::100,false"})
    void theKernelsResetDoesNotFollowARestoredConnection(String vip, boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_SILENCE, !rule);
        Fixture.Pair p = f.connect(vip);
        TestDaemon.Conn c = daemon.only();
        lab.in(lab.server, () -> {
            try (RawSocket raw = new RawSocket(false, 0)) {
                raw.send(f.lateReset(c));
            }
            return null;
        });
        p.client().setSoTimeout(300);
        assertThatThrownBy(() -> p.client().getInputStream().read())
                .isInstanceOf(rule ? SocketTimeoutException.class : SocketException.class);
        assertThat(wrap.gate().count(GateCounter.SWALLOWED)).isEqualTo(rule ? 1 : 0);
    }
}
