package dev.ftcp.xen.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.SynFields;
import dev.ftcp.xen.lab.Lab;
import dev.ftcp.xen.lab.NativeTcp;
import dev.ftcp.xen.lab.Netns;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HostNetTest {
    private static Lab lab;

    @BeforeAll
    static void build() {
        lab = new Lab("fpkn");
    }

    @AfterAll
    static void tearDown() {
        if (lab != null) lab.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void addressesComeAndGoIdempotently(boolean v4) {
        InetAddress vip = vip(v4);
        int ifindex = Lab.eth0(lab.a).index();
        lab.a.call(() -> {
            try (Addresses addresses = new Addresses()) {
                assertThat(addresses.holds(ifindex, vip)).isFalse();
                assertThat(addresses.add(ifindex, vip)).isTrue();
                assertThat(addresses.add(ifindex, vip)).isFalse();
                // What the host itself sends goes on to come from its own address, however alike the other is.
                InetAddress client = v4 ? Lab.CLIENT4 : Lab.CLIENT6;
                assertThat(lab.a.run("ip route get " + client.getHostAddress()))
                        .contains(v4 ? "src 10.77.9.2 " : "src fd77:9::2 ");
                assertThat(addresses.holds(ifindex, vip)).isTrue();
                assertThat(addresses.remove(ifindex, vip)).isTrue();
                assertThat(addresses.remove(ifindex, vip)).isFalse();
                assertThat(addresses.holds(ifindex, vip)).isFalse();
                assertThatThrownBy(() -> addresses.add(9999, vip))
                        .isInstanceOf(SyscallException.class)
                        .hasMessageContaining(vip.getHostAddress());
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void probeFindsTheOtherOwnerOrNobody(boolean v4) {
        InetAddress vip = vip(v4);
        AddressProbe free = probe(lab.b, vip);
        assertThat(free.owner()).isEqualTo(-1);
        Lab.up(lab.a, vip);
        AddressProbe taken = probe(lab.b, vip);
        Lab.down(lab.a, vip);
        assertThat(Mac.text(taken.owner())).isEqualTo(Mac.text(Lab.eth0(lab.a).mac()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void announcementMovesTheClientsCache(boolean v4) {
        InetAddress vip = vip(v4);
        Lab.up(lab.a, vip);
        assertThatThrownBy(() -> connect(vip, 84)).hasMessageContaining("refused");
        Lab.down(lab.a, vip);
        NetInterface nic = Lab.eth0(lab.b);
        try (PacketSender sender = lab.b.call(() -> new PacketSender(nic.index(), PacketSender.DAEMON_MARK))) {
            assertThat(new Announcer(sender, nic.mac(), vip).announce()).isTrue();
            assertThat(sender.sent()).isEqualTo(v4 ? 2 : 1);
        }
        long end = System.nanoTime() + 2_000_000_000L;
        String neighbors;
        do neighbors = lab.client.run("ip neigh show " + vip.getHostAddress());
        while (!neighbors.contains(Mac.text(nic.mac())) && System.nanoTime() < end);
        assertThat(neighbors).contains(Mac.text(nic.mac()));
    }

    @ParameterizedTest
    @CsvSource({"10.77.9.200,10.77.9.201,10.77.9.1", "fd77:9::200,fd77:9::201,fd77:9::1"})
    void theKernelIsToldWhereAClientIsUnlessItKnows(String near, String far, String router) {
        long mac = Mac.parse("02:00:00:00:00:77"), other = Mac.parse("02:00:00:00:00:78");
        lab.a.run("ip route add " + far + " via " + router);
        lab.a.call(() -> {
            try (Neighbours neighbours =
                    new Neighbours(NetInterface.find("eth0").index())) {
                neighbours.tell(Lab.ip(near), mac);
                neighbours.tell(Lab.ip(near), other);
                neighbours.begin();
                neighbours.tell(Lab.ip(near), other);
                neighbours.tell(Lab.ip(far), mac);
            }
            return null;
        });
        assertThat(lab.a.run("ip neigh show").lines())
                .contains(near + " dev eth0 lladdr " + Mac.text(mac) + " STALE ")
                .noneMatch(line -> line.startsWith(far));
    }

    @Test
    void aSenderOnADownInterfaceSaysSo() {
        NetInterface nic = Lab.eth0(lab.b);
        try (PacketSender sender = lab.b.call(() -> new PacketSender(nic.index(), 0))) {
            lab.b.run("ip link set eth0 down");
            assertThat(new Announcer(sender, nic.mac(), Lab.VIP4).announce()).isFalse();
            assertThat(sender.refused()).isEqualTo(2);
        } finally {
            lab.b.run("ip link set eth0 up");
            lab.b.run("ip addr replace fd77:9::3/64 dev eth0 nodad");
        }
    }

    @Test
    void aCapturedSynAckHasAPartialChecksumThatCanBeCompleted() throws IOException {
        Lab.up(lab.a, Lab.VIP4);
        int ifindex = Lab.eth0(lab.a).index();
        int listener = lab.a.call(() -> NativeTcp.listen(Lab.VIP4, 81));
        Pointer memory = Sys.allocate(2048);
        ByteBuffer frame = Sys.buffer(memory, 2048);
        Pointer none = Pointer.wrap(LibC.RUNTIME, 0L);
        try (RawSocket tap = lab.a.call(() -> new RawSocket(ifindex, Wire.ETH_P_ALL, null, 0));
                Socket client = connect(Lab.VIP4, 81)) {
            SynFields synAck = null;
            int length = 0;
            while (synAck == null || !synAck.fromService()) {
                length = (int) Sys.check(LibC.INSTANCE.recvfrom(tap.fd(), memory, 2048, 0, none, none), "tap");
                synAck = SynReader.read(frame, 0, length);
            }
            assertThat(synAck.key()).isEqualTo(FlowKey.of(Lab.VIP4, 81, Lab.CLIENT4, client.getLocalPort()));
            assertThat(FrameChecksum.isValid(frame, 0, length)).isFalse();
            assertThat(FrameChecksum.complete(frame, 0, length)).isTrue();
            assertThat(FrameChecksum.isValid(frame, 0, length)).isTrue();
        } finally {
            Sys.closeQuietly(listener);
            Lab.down(lab.a, Lab.VIP4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.77.9.100", "fd77:9::100", "10.77.9.100 by a dual-stack listener"})
    void killerDestroysConnectionsAndSparesListenersAndOthers(String which) throws IOException {
        InetAddress vip = Lab.ip(which.split(" ", 2)[0]);
        Lab.up(lab.a, vip);
        int listener = lab.a.call(() -> NativeTcp.listen(which.contains(" ") ? Lab.ip("::") : vip, 82));
        try (Socket first = connect(vip, 82);
                Socket second = connect(vip, 82)) {
            int one = NativeTcp.accept(listener);
            int two = NativeTcp.accept(listener);
            FlowKey firstKey = FlowKey.of(vip, 82, first.getLocalAddress(), first.getLocalPort());
            FlowKey secondKey = FlowKey.of(vip, 82, second.getLocalAddress(), second.getLocalPort());
            var listed = lab.a.call(() -> SocketList.of(vip, 82, SocketList.ESTABLISHED));
            assertThat(listed.stream().map(SocketList.Entry::key)).containsExactlyInAnyOrder(firstKey, secondKey);
            assertThat(has(firstKey)).isTrue();
            SocketKiller.Result none = lab.a.call(() -> SocketKiller.destroy(vip, 83));
            assertThat(none.destroyed()).isEmpty();
            SocketKiller.Result r = lab.a.call(() -> SocketKiller.destroy(vip, 82, firstKey::equals));
            assertThat(r.destroyed()).containsExactly(firstKey);
            assertThat(r.survivors()).isEmpty();
            assertThat(has(firstKey)).as("with nothing but a listener").isFalse();
            assertThat(has(secondKey)).isTrue();
            assertThatThrownBy(() -> NativeTcp.read(one, 1)).isInstanceOf(SyscallException.class);
            assertThatThrownBy(() -> first.getInputStream().read()).isInstanceOf(SocketException.class);
            second.getOutputStream().write(5);
            assertThat(NativeTcp.read(two, 1)).containsExactly(5);
            assertThat(lab.a.call(() -> SocketKiller.destroy(vip, 82)).destroyed())
                    .containsExactly(secondKey);
            try (Socket third = connect(vip, 82)) {
                assertThat(third.isConnected()).isTrue();
            }
            Sys.closeQuietly(one);
            Sys.closeQuietly(two);
        } finally {
            Sys.closeQuietly(listener);
            Lab.down(lab.a, vip);
        }
    }

    private static boolean has(FlowKey key) {
        return lab.a.call(() -> SocketList.has(key));
    }

    private static InetAddress vip(boolean v4) {
        return v4 ? Lab.VIP4 : Lab.VIP6;
    }

    private static Socket connect(InetAddress vip, int port) {
        return lab.client.call(() -> {
            Socket s = new Socket();
            s.connect(new InetSocketAddress(vip, port), 5000);
            return s;
        });
    }

    private static AddressProbe probe(Netns from, InetAddress vip) {
        NetInterface nic = Lab.eth0(from);
        try (PacketSender sender = from.call(() -> new PacketSender(nic.index(), PacketSender.DAEMON_MARK));
                AddressProbe probe = from.call(() -> new AddressProbe(nic, vip, sender, 150_000_000L))) {
            probe.start(System.nanoTime());
            while (probe.poll(System.nanoTime()) == AddressProbe.Outcome.PENDING) Thread.onSpinWait();
            assertThat(probe.poll(System.nanoTime()) == AddressProbe.Outcome.TAKEN)
                    .isEqualTo(probe.owner() >= 0);
            return probe;
        }
    }
}
