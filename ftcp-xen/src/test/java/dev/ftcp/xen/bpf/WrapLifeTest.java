package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.lab.Descriptors;
import dev.ftcp.xen.linux.Sys;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From load to remove, with a crash in between, and when the load fails. Needs root. */
class WrapLifeTest {
    private static final int RING = 1 << 20;

    private Lab lab;

    @BeforeEach
    void setUp() {
        lab = new Lab();
    }

    @AfterEach
    void tearDown() throws Exception {
        lab.close();
    }

    @Test
    void removeLeavesNothing() throws Exception {
        int fds = Descriptors.held();
        Wrap wrap = lab.in(lab.server, () -> Wrap.load(lab.spec(RING), GateMode.CLOSED));
        assertThat(entries(lab.pins))
                .containsExactlyInAnyOrder(
                        "cfg",
                        "slots",
                        "conns",
                        "services",
                        "vips",
                        "capture",
                        "ingress",
                        "egress",
                        "state",
                        "exits",
                        "clsact-made");
        List<Integer> programs = List.of(attached(TcHook.INGRESS), attached(TcHook.EGRESS));
        assertThat(programs).doesNotContain(0);
        remove(wrap);
        remove(wrap);
        assertThat(lab.pins).doesNotExist();
        assertThat(Lab.run("tc -n " + lab.server + " qdisc show dev eth0")).doesNotContain("clsact");
        assertThat(Descriptors.held()).isEqualTo(fds);
        for (int id : programs) Lab.await("program freed", () -> !exists(id));
        assertThatThrownBy(() -> wrap.gate().mode()).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theGateSurvivesTheDaemonAndIsNeverOpenWhileItIsReplaced(boolean replaced) throws Exception {
        Wrap dead = lab.in(lab.server, () -> Wrap.load(lab.spec(RING), GateMode.CLOSED));
        AtomicBoolean stop = new AtomicBoolean();
        lab.atEnd(() -> stop.set(true));
        DatagramSocket receiver = lab.in(
                lab.client,
                () -> new DatagramSocket(9, Lab.address(Lab.CLIENT4, 9).getAddress()));
        lab.atEnd(receiver);
        receiver.setSoTimeout(200);
        dead.gate().mode(GateMode.OPEN);
        CompletableFuture<Long> babble = babble(stop);
        receiver.receive(new DatagramPacket(new byte[1], 1));
        dead.gate().mode(GateMode.CLOSED);
        dead.close();
        if (!replaced) removeFilters(); // proves that the babble would be heard
        drain(receiver);
        int before = attached(TcHook.EGRESS);
        if (replaced) {
            Wrap wrap = lab.load(RING);
            assertThat(attached(TcHook.EGRESS)).isNotEqualTo(before).isNotZero();
            assertThat(wrap.gate().mode()).isEqualTo(GateMode.CLOSED);
            assertThatThrownBy(() -> receiver.receive(new DatagramPacket(new byte[1], 1)))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(wrap.gate().count(GateCounter.LEASE_DROPS)).isPositive();
            wrap.gate().mode(GateMode.OPEN);
        }
        receiver.receive(new DatagramPacket(new byte[1], 1));
        stop.set(true);
        assertThat(babble.get()).isPositive();
        remove(lab.in(lab.server, () -> Wrap.load(lab.spec(RING), GateMode.CLOSED)));
        assertThat(lab.pins).doesNotExist();
        assertThat(Lab.run("tc -n " + lab.server + " qdisc show dev eth0")).doesNotContain("clsact");
    }

    /** The last daemon was alone when it died: its gate stands open, and so does the next one's from the first instant. */
    @Test
    void anOpenGateMayBeReplacedByAnOpenOne() throws Exception {
        assertThat(Wrap.standsOpen(lab.spec(RING))).isFalse();
        Wrap dead = lab.in(lab.server, () -> Wrap.load(lab.spec(RING), GateMode.CLOSED));
        assertThat(Wrap.standsOpen(lab.spec(RING))).isFalse();
        dead.gate().mode(GateMode.OPEN);
        AtomicBoolean stop = new AtomicBoolean();
        lab.atEnd(() -> stop.set(true));
        CompletableFuture<Long> babble = babble(stop);
        dead.close();
        assertThat(Wrap.standsOpen(lab.spec(RING))).isTrue();
        int before = attached(TcHook.EGRESS);
        Wrap wrap = lab.in(lab.server, () -> Wrap.load(lab.spec(RING), GateMode.OPEN));
        assertThat(attached(TcHook.EGRESS)).isNotEqualTo(before).isNotZero();
        DatagramSocket receiver = lab.in(
                lab.client,
                () -> new DatagramSocket(9, Lab.address(Lab.CLIENT4, 9).getAddress()));
        lab.atEnd(receiver);
        receiver.setSoTimeout(5000);
        receiver.receive(new DatagramPacket(new byte[1], 1));
        assertThat(wrap.gate().count(GateCounter.LEASE_DROPS)).isZero();
        stop.set(true);
        assertThat(babble.get()).isPositive();
        remove(wrap);
    }

    @Test
    void anotherServiceOnTheInterfaceKeepsItsGate() throws Exception {
        Wrap first = lab.in(lab.server, () -> Wrap.load(lab.spec(RING), GateMode.CLOSED));
        WrapSpec other = new WrapSpec(
                "ftp",
                "eth0",
                List.of(Lab.address("10.99.0.101", 21)),
                List.of(),
                8,
                RING,
                lab.pins.resolveSibling(lab.pins.getFileName() + "-2"));
        Wrap second = lab.in(lab.server, () -> Wrap.load(other, GateMode.CLOSED));
        remove(first);
        assertThat(Lab.run("tc -n " + lab.server + " filter show dev eth0 egress"))
                .contains("egress");
        remove(second);
        assertThat(Lab.run("tc -n " + lab.server + " filter show dev eth0 egress"))
                .isBlank();
    }

    @Test
    void twoServicesDoNotShareAnAddress() throws Exception {
        Path services = lab.pins;
        WrapSpec web = new WrapSpec(
                "web",
                "eth0",
                List.of(Lab.address(Lab.VIP4), Lab.address(Lab.VIP6)),
                List.of(),
                8,
                RING,
                services.resolve("web"));
        Wrap.requireOwnAddresses(services, web);
        Wrap first = lab.in(lab.server, () -> Wrap.load(web, GateMode.CLOSED));
        Wrap.requireOwnAddresses(services, web);
        for (String address : List.of(Lab.VIP4, Lab.VIP6)) {
            WrapSpec other = new WrapSpec(
                    "ftp", "eth0", List.of(Lab.address(address, 21)), List.of(), 8, RING, services.resolve("ftp"));
            assertThatThrownBy(() -> Wrap.requireOwnAddresses(services, other))
                    .isInstanceOf(WrapException.class)
                    .hasMessageContaining("belongs to the service web");
        }
        remove(first);
        assertThat(entries(services)).isEmpty();
        Files.delete(services);
    }

    @Test
    void aFailedLoadLeavesWhatWasThere() throws Exception {
        int fds = Descriptors.held();
        assertThatThrownBy(() -> lab.in(lab.server, () -> Wrap.load(with("nodev", lab.pins), GateMode.CLOSED)))
                .hasRootCauseInstanceOf(WrapException.class)
                .hasMessageContaining("no such network interface");
        assertThatThrownBy(() -> lab.in(lab.server, () -> Wrap.load(with("lo", lab.pins), GateMode.CLOSED)))
                .hasMessageContaining("not Ethernet");
        assertThatThrownBy(() -> lab.in(
                        lab.server, () -> Wrap.load(with("eth0", Path.of("/tmp/ftcp-nowhere")), GateMode.CLOSED)))
                .hasMessageContaining("not on a bpffs");
        assertThat(lab.pins).doesNotExist();
        assertThat(Path.of("/tmp/ftcp-nowhere")).doesNotExist();

        Wrap old = lab.load(RING);
        List<Integer> programs = List.of(attached(TcHook.INGRESS), attached(TcHook.EGRESS));
        Lab.run("ip -n " + lab.server + " link add veth9 type veth peer name veth8");
        Lab.run("tc -n " + lab.server + " qdisc add dev veth9 ingress");
        assertThatThrownBy(() -> lab.in(
                        lab.server,
                        () -> Wrap.load(with("veth9", lab.pins.resolveSibling("ftcp-test-failed")), GateMode.CLOSED)))
                .hasMessageContaining("ingress qdisc where clsact is needed");
        assertThat(Lab.run("tc -n " + lab.server + " filter show dev veth9 ingress"))
                .isBlank();
        assertThat(lab.pins.resolveSibling("ftcp-test-failed")).doesNotExist();
        assertThat(List.of(attached(TcHook.INGRESS), attached(TcHook.EGRESS))).isEqualTo(programs);
        remove(old);
        assertThat(Descriptors.held()).isEqualTo(fds);
    }

    @Test
    void moreConnectionsThanSlotsAreRefused() throws Exception {
        Wrap wrap = lab.load(RING);
        FlowKey key = FlowKey.of(
                Lab.address(Lab.VIP4).getAddress(),
                Lab.PORT,
                Lab.address(Lab.CLIENT4).getAddress(),
                1);
        for (int i = 0; i < wrap.slots().size(); i++) wrap.bind(port(key, i + 1), i);
        assertThatThrownBy(() -> wrap.bind(port(key, 60000), 0)).hasMessageContaining("full");
        assertThatThrownBy(() -> wrap.bind(key, wrap.slots().size())).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(wrap.unbind(key)).isTrue();
        assertThat(wrap.unbind(key)).isFalse();
    }

    @Test
    void theVerifiersWordsReachTheException() {
        assertThatThrownBy(() -> BpfObject.open(new byte[] {1, 2, 3}))
                .isInstanceOf(WrapException.class)
                .hasMessageContaining("cannot be read")
                .hasMessageContaining("libbpf:");
    }

    private static FlowKey port(FlowKey k, int port) {
        return new FlowKey(k.vipHi(), k.vipLo(), k.clientHi(), k.clientLo(), k.vipPort(), port);
    }

    private static WrapSpec with(String device, Path pins) {
        return new WrapSpec("web", device, List.of(Lab.address(Lab.VIP4)), List.of(), 8, RING, pins);
    }

    private CompletableFuture<Long> babble(AtomicBoolean stop) {
        return lab.start(lab.server, () -> {
            long sent = 0;
            try (DatagramSocket s = new DatagramSocket(Lab.address(Lab.VIP4, 0))) {
                DatagramPacket packet = new DatagramPacket(new byte[1], 1, Lab.address(Lab.CLIENT4, 9));
                for (; !stop.get(); sent++) {
                    s.send(packet);
                    Thread.sleep(0, 200_000);
                }
            }
            return sent;
        });
    }

    private static void drain(DatagramSocket receiver) throws IOException {
        receiver.setSoTimeout(30);
        try {
            for (int i = 0; i < 1000; i++) receiver.receive(new DatagramPacket(new byte[1], 1));
        } catch (SocketTimeoutException expected) {
            assertThat(expected).isNotNull();
        }
        receiver.setSoTimeout(200);
    }

    private void removeFilters() throws Exception {
        lab.in(lab.server, () -> {
            TcHook hook = new TcHook(Device.index("eth0"), "web");
            hook.detach(TcHook.EGRESS);
            hook.detach(TcHook.INGRESS);
            return null;
        });
    }

    private static boolean exists(int program) {
        int fd = LibBpf.INSTANCE.bpf_prog_get_fd_by_id(program);
        Sys.closeQuietly(fd);
        return fd >= 0;
    }

    private void remove(Wrap wrap) throws Exception {
        lab.in(lab.server, () -> {
            wrap.remove();
            return null;
        });
    }

    private int attached(int point) throws Exception {
        return lab.in(lab.server, () -> new TcHook(Device.index("eth0"), "web").attached(point));
    }

    private static List<String> entries(Path dir) throws IOException {
        try (Stream<Path> s = Files.list(dir)) {
            return s.map(p -> p.getFileName().toString()).toList();
        }
    }
}
