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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gate's rules on small connections, each with the switch that takes the rule out. Needs root. */
class WrapGateTest {
    private Fixture f;
    private Lab lab;
    private Wrap wrap;
    private TestDaemon daemon;

    @BeforeEach
    void setUp() throws Exception {
        f = new Fixture();
        lab = f.lab;
        wrap = f.wrap;
        daemon = f.daemon;
    }

    @AfterEach
    void tearDown() {
        f.close();
    }

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

    @ParameterizedTest
    @CsvSource({
        "10.99.0.100, h, true",
        "10.99.0.100, h, false",
        "fd99::100, h, true",
        "10.99.0.100, c, true",
        "10.99.0.100, x, true",
        "10.99.0.100, e, true",
        "10.99.0.100, X, true",
        "fd99::100, X, true",
        "10.99.0.100, E, true"
    })
    void onlyAKilledProcessIsSilent(String vip, char order, boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_SILENCE, !rule);
        daemon.checkBytes = false;
        Process service = lab.in(lab.server, () -> VictimServer.start(vip));
        lab.atEnd(service::destroyForcibly);
        Socket client = lab.in(lab.client, () -> new Socket(Lab.address(vip).getAddress(), Lab.PORT));
        lab.atEnd(client);
        TestDaemon.Conn c = daemon.only();
        client.setSoTimeout(3000);
        boolean owes = Character.isUpperCase(order);
        if (owes) wrap.slots().owes(c.slot, c.serverIsn + 3); // and it will have said one byte
        client.getOutputStream().write(Character.toLowerCase(order));
        assertThat(client.getInputStream().read()).isEqualTo(Character.toLowerCase(order));
        if (order == 'X') {
            Lab.await("the death is noticed", () -> daemon.count(CaptureRecord.KILLED) == 1);
            assertThat(wrap.slots().killedBy(c.slot)).isEqualTo(3 << 8);
            client.setSoTimeout(400);
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            return;
        }
        if (order != 'h') {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(wrap.slots().killedBy(c.slot)).isZero();
            assertThat(daemon.count(CaptureRecord.KILLED)).isZero();
            if (order != 'c') service.waitFor();
            assertThat(wrap.gate().count(GateCounter.LISTENER_DEATHS)).isEqualTo(order == 'x' ? 1 : 0);
            return;
        }
        service.destroyForcibly();
        Lab.await("the death is noticed", () -> daemon.count(CaptureRecord.KILLED) == 1);
        assertThat(wrap.slots().killedBy(c.slot)).isEqualTo(9);
        if (!rule) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            return;
        }
        client.setSoTimeout(400);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        client.getOutputStream().write(1); // and no reset as an answer either
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThat(wrap.slots().swallowed(c.slot)).isPositive();
    }

    /** Its kernel throws away what it has not read, or has forgotten its socket when the client speaks: both it would answer with RST. */
    @ParameterizedTest
    @CsvSource({
        "10.99.0.100, s, true",
        "10.99.0.100, s, false",
        "fd99::100, s, true",
        "10.99.0.100, u, true",
        "10.99.0.100, u, false",
        "fd99::100, u, true"
    })
    void oneKilledAfterItEndedItsSideIsSilentToo(String vip, char order, boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_SILENCE, !rule);
        daemon.checkBytes = false;
        Process service = lab.in(lab.server, () -> VictimServer.start(vip));
        lab.atEnd(service::destroyForcibly);
        Socket client = lab.in(lab.client, () -> new Socket(Lab.address(vip).getAddress(), Lab.PORT));
        lab.atEnd(client);
        TestDaemon.Conn c = daemon.only();
        client.getOutputStream().write(order);
        assertThat(client.getInputStream().read()).isEqualTo(order);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        client.getOutputStream().write(Fixture.pattern(100));
        Lab.await("acknowledged", () -> wrap.slots().sentAck(c.slot) == c.clientIsn + 102);
        service.destroyForcibly();
        Lab.await("the death is noticed", () -> daemon.count(CaptureRecord.KILLED) == 1);
        assertThat(wrap.slots().killedBy(c.slot)).isEqualTo(9);
        Lab.await("the socket's end is noticed", () -> daemon.count(CaptureRecord.GONE) == 1);
        wrap.gate().listensAgain(1); // what the lost listener keeps back is another matter
        if (rule) {
            client.getOutputStream().write(1);
            Lab.await("a reset is swallowed", () -> wrap.slots().swallowed(c.slot) > 0);
            client.getOutputStream().write(1);
            return;
        }
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        client.getOutputStream().write(1);
                        Thread.sleep(10);
                    }
                })
                .isInstanceOf(IOException.class);
    }

    /** A client whose opening the killed listener took with it: nothing is said to it, nor to whoever comes now, until the service listens again. */
    @ParameterizedTest
    @CsvSource({
        "10.99.0.100, 10.99.0.100, PROTECT, true",
        "fd99::100, ::, PROTECT, true",
        "10.99.0.100, ::, OPEN, true",
        "fd99::100, fd99::100, OPEN, true",
        "10.99.0.100, 10.99.0.100, PROTECT, false"
    })
    void aKilledListenerRefusesNobody(String vip, String listensAt, GateMode mode, boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_SILENCE, !rule);
        wrap.gate().attended(Long.MAX_VALUE);
        daemon.release = false;
        Process service = lab.in(lab.server, () -> VictimServer.start(listensAt));
        lab.atEnd(service::destroyForcibly);
        Socket client = new Socket();
        lab.atEnd(client);
        CompletableFuture<Integer> answer = lab.start(lab.client, () -> {
            client.connect(Lab.address(vip)); // only now it has a descriptor, of the namespace that it is made in
            client.setSoTimeout(400);
            return client.getInputStream().read();
        });
        TestDaemon.Conn c = daemon.only();
        service.destroyForcibly();
        Lab.await("the death is noticed", () -> wrap.gate().count(GateCounter.LISTENER_DEATHS) == 1);
        wrap.gate().mode(mode);
        daemon.release(c);
        assertThatThrownBy(() -> answer.get(5, TimeUnit.SECONDS))
                .hasCauseExactlyInstanceOf(rule ? SocketTimeoutException.class : SocketException.class);
        if (!rule) return;
        assertThatThrownBy(() -> lab.in(lab.client, () -> {
                    try (Socket late = new Socket()) {
                        late.connect(Lab.address(vip), 400);
                    }
                    return null;
                }))
                .hasRootCauseExactlyInstanceOf(SocketTimeoutException.class);
        wrap.gate().listensAgain(1);
        client.getOutputStream().write(Fixture.pattern(1));
        assertThatThrownBy(() -> client.getInputStream().read()).isExactlyInstanceOf(SocketException.class);
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
        assertThat(wrap.slots().seen(c.slot) & SlotTable.SEEN_GONE).isNotZero();
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
}
