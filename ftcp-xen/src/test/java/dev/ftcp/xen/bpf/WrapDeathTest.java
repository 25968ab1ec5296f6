package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.capture.CaptureRecord;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose end is it? What the clients of a service hear that dies, that fails, or that closes in the ordinary way. Needs root. */
class WrapDeathTest {
    @AutoClose
    private final Fixture f = new Fixture();

    private final Lab lab = f.lab;
    private final Wrap wrap = f.wrap;
    private final TestDaemon daemon = f.daemon;

    WrapDeathTest() throws Exception {}

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
        Process service = victim(vip);
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

    /** A service that is going to die. */
    private Process victim(String address) throws Exception {
        daemon.checkBytes = false;
        Process service = lab.in(lab.server, () -> VictimServer.start(address));
        lab.atEnd(service::destroyForcibly);
        return service;
    }

    /** Why a client does not get through that comes now, from {@code port}, or from any if it is 0. */
    private AbstractThrowableAssert<?, ? extends Throwable> whatALateComerHears(String vip, int port) {
        return assertThatThrownBy(() -> lab.in(lab.client, () -> {
            try (Socket late = new Socket()) {
                late.bind(new InetSocketAddress(port));
                late.connect(Lab.address(vip), 400);
            }
            return null;
        }));
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
        Process service = victim(vip);
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
        Process service = victim(listensAt);
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
        whatALateComerHears(vip, 0).hasRootCauseExactlyInstanceOf(SocketTimeoutException.class);
        wrap.gate().listensAgain(1);
        client.getOutputStream().write(Fixture.pattern(1));
        assertThatThrownBy(() -> client.getInputStream().read()).isExactlyInstanceOf(SocketException.class);
    }

    /** A client comes again from the same port, while the slot of its last connection is still there. */
    @ParameterizedTest
    @CsvSource({"10.99.0.100, PROTECT", "fd99::100, PROTECT", "10.99.0.100, OPEN", "fd99::100, OPEN"})
    void norOneWhosePortIsKnown(String vip, GateMode mode) throws Exception {
        wrap.gate().attended(Long.MAX_VALUE);
        Process service = victim(vip);
        int port = lab.in(lab.client, () -> {
            try (Socket first = new Socket()) {
                first.setSoLinger(true, 0); // a reset: no TIME_WAIT keeps the port
                first.connect(Lab.address(vip));
                daemon.only();
                first.getOutputStream().write('c');
                assertThat(first.getInputStream().readAllBytes()).hasSize(1);
                return first.getLocalPort();
            }
        });
        Lab.await("the first is over", () -> daemon.count(CaptureRecord.GONE) == 1);
        service.destroyForcibly();
        Lab.await("the death is noticed", () -> wrap.gate().count(GateCounter.LISTENER_DEATHS) == 1);
        wrap.gate().mode(mode);
        whatALateComerHears(vip, port).hasRootCauseExactlyInstanceOf(SocketTimeoutException.class);
    }

    /**
     * A listener that fails leaves its table a moment before anybody is told: as long as a task fails, nobody is refused for want of one. Here that moment lasts, for
     * the listener's end is hidden, and the task that fails is another one.
     */
    @ParameterizedTest
    @CsvSource({
        "10.99.0.100, PROTECT, true, false",
        "fd99::100, PROTECT, true, false",
        "10.99.0.100, OPEN, true, false",
        "fd99::100, OPEN, true, false",
        "10.99.0.100, PROTECT, false, false",
        "10.99.0.100, OPEN, false, false",
        "10.99.0.100, PROTECT, true, true",
        "fd99::100, OPEN, true, true"
    })
    void norBeforeTheDeathIsTold(String vip, GateMode mode, boolean failing, boolean told) throws Exception {
        boolean silent = failing && !told;
        wrap.gate().attended(Long.MAX_VALUE);
        Process service = victim(vip);
        Socket client = lab.in(lab.client, () -> new Socket(Lab.address(vip).getAddress(), Lab.PORT));
        lab.atEnd(client);
        TestDaemon.Conn first = daemon.only();
        daemon.release = false;
        CompletableFuture<Integer> answer = lab.start(lab.client, () -> {
            try (Socket opening = new Socket(Lab.address(vip).getAddress(), Lab.PORT)) {
                opening.setSoTimeout(400);
                return opening.getInputStream().read();
            }
        });
        Lab.await("an opening", () -> daemon.conns.values().stream().anyMatch(c -> c != first && c.bound));
        if (!told) wrap.gate().netns(0);
        client.getOutputStream().write('e');
        service.waitFor();
        lab.in(lab.server, () -> {
            wrap.gate().netns(Device.netns());
            return null;
        });
        if (failing)
            lab.in(
                    lab.server,
                    () -> new ProcessBuilder("sh", "-c", "exit 3").start().waitFor());
        wrap.gate().mode(mode);
        daemon.conns.values().forEach(c -> {
            if (c != first) daemon.release(c);
        });
        assertThatThrownBy(() -> answer.get(5, TimeUnit.SECONDS))
                .hasCauseExactlyInstanceOf(silent ? SocketTimeoutException.class : SocketException.class);
        whatALateComerHears(vip, 0)
                .hasRootCauseExactlyInstanceOf(
                        silent || mode == GateMode.PROTECT ? SocketTimeoutException.class : ConnectException.class);
    }
}
