package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.xen.linux.Sys;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
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
    private static final int RING = 1 << 20;

    private Lab lab;
    private Wrap wrap;
    private TestDaemon daemon;

    @BeforeEach
    void setUp() throws Exception {
        lab = new Lab();
        wrap = lab.load(RING);
        WrapStreamTest.protect(wrap);
        daemon = lab.in(lab.server, () -> new TestDaemon(wrap));
        lab.atEnd(daemon);
    }

    @AfterEach
    void tearDown() throws Exception {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ackIsHeldUntilTheCommitAndDataPassesClamped(boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_CLAMP, !rule);
        daemon.commit = false;
        Pair p = connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        p.client.getOutputStream().write(pattern(100));
        assertThat(p.service.getInputStream().readNBytes(100)).isEqualTo(pattern(100));
        int isn = c.clientIsn + 1;
        Lab.await("kernel acknowledges", () -> wrap.slots().maxAck(c.slot) == isn + 100);
        if (!rule) {
            assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(isn + 100);
            return;
        }
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(isn);
        Lab.await("held", () -> wrap.slots().held(c.slot) > 0);

        p.service.getOutputStream().write(pattern(50));
        assertThat(p.client.getInputStream().readNBytes(50)).isEqualTo(pattern(50));
        assertThat(wrap.slots().clamped(c.slot)).isPositive();
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(isn);
        assertThat(unacknowledged()).isEqualTo(1);

        daemon.commit(c);
        daemon.commit = true;
        Lab.await("the kick leaves", () -> wrap.slots().sentAck(c.slot) == isn + 100);
        Lab.await("the client has the ACK", () -> unacknowledged() == 0);
    }

    @ParameterizedTest
    @CsvSource({"10.99.0.100, true", "fd99::100, true", "10.99.0.100, false"})
    void synAckWaitsForTheDaemon(String vip, boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_HOLD, !rule);
        daemon.release = false;
        ServerSocket listener = listen(vip);
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
        "10.99.0.100, x, true"
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
        client.getOutputStream().write(order);
        assertThat(client.getInputStream().read()).isEqualTo(order);
        if (order != 'h') {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(wrap.slots().killedBy(c.slot)).isZero();
            assertThat(daemon.count(CaptureRecord.KILLED)).isZero();
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

    @Test
    void anAbortPassesAndEndsAreRecorded() throws Exception {
        Pair p = connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        p.client.getOutputStream().write(pattern(10));
        Lab.await("captured", () -> c.clientBytes == 10);
        Lab.await("delivered", () -> p.service.getInputStream().available() == 10);
        p.service.setSoLinger(true, 0);
        p.service.close();
        Lab.await("gone", () -> daemon.count(CaptureRecord.GONE) == 1);
        assertThat(wrap.slots().seen(c.slot) & SlotTable.SEEN_GONE).isNotZero();
        assertThat(daemon.records)
                .anyMatch(r -> r.kind() == CaptureRecord.SERVER && (r.flags() & CaptureRecord.RST) != 0);
        p.client.setSoTimeout(3000);
        assertThatThrownBy(() -> p.client.getInputStream().read()).isInstanceOf(IOException.class);
    }

    @Test
    void doubtSwallowsAnOrdinaryClose() throws Exception {
        Pair p = connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        wrap.gate().flags(Gate.DOUBT, true);
        p.service.close();
        p.client.setSoTimeout(300);
        assertThatThrownBy(() -> p.client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        wrap.gate().flags(Gate.DOUBT, false);
        p.client.setSoTimeout(5000);
        assertThat(p.client.getInputStream().read()).as("the FIN is sent again").isEqualTo(-1);
        assertThat(wrap.slots().swallowed(c.slot)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingLeavesAfterTheLease(boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_LEASE, !rule);
        Pair p = connect(Lab.VIP4);
        p.service.getOutputStream().write(1);
        assertThat(p.client.getInputStream().read()).isEqualTo(1);
        wrap.gate().lease(Sys.bootNanos());
        p.service.getOutputStream().write(2);
        p.client.setSoTimeout(400);
        Lab.run("ip -n " + lab.client + " neigh flush dev eth0");
        if (!rule) {
            assertThat(p.client.getInputStream().read()).isEqualTo(2);
            return;
        }
        assertThatThrownBy(() -> p.client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        TestDaemon.Conn c = daemon.only();
        int sent = wrap.slots().sentAck(c.slot);
        byte[] claim = gratuitousArp();
        long swallowed = wrap.gate().count(GateCounter.ARP_DROPS);
        lab.in(lab.server, () -> {
            daemon.kick(c);
            try (RawSocket raw = new RawSocket(false, RawSocket.MARK)) {
                raw.send(claim);
            }
            return null;
        });
        assertThat(wrap.gate().count(GateCounter.ARP_DROPS)).isGreaterThan(swallowed);
        long beforeNa = wrap.gate().count(GateCounter.ARP_DROPS) + wrap.gate().count(GateCounter.LEASE_DROPS);
        lab.in(lab.client, () -> {
            try (java.net.DatagramSocket s = new java.net.DatagramSocket()) {
                s.send(new java.net.DatagramPacket(new byte[1], 1, Lab.address(Lab.VIP6, 9)));
            }
            return null;
        });
        Lab.await(
                "no neighbour advertisement leaves",
                () -> wrap.gate().count(GateCounter.ARP_DROPS) + wrap.gate().count(GateCounter.LEASE_DROPS) > beforeNa);
        assertThat(wrap.gate().count(GateCounter.LEASE_DROPS)).isGreaterThanOrEqualTo(2);
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(sent);
        wrap.gate().lease(Long.MAX_VALUE);
        p.client.setSoTimeout(5000);
        assertThat(p.client.getInputStream().read()).isEqualTo(2);
    }

    @Test
    void closedLetsNothingThroughAndOpenEverything() throws Exception {
        Pair p = connect(Lab.VIP4);
        wrap.gate().mode(GateMode.CLOSED);
        p.client.getOutputStream().write(1);
        p.service.setSoTimeout(300);
        assertThatThrownBy(() -> p.service.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        wrap.unbind(daemon.only().key);
        WrapStreamTest.protect(wrap);
        assertThatThrownBy(() -> p.service.getInputStream().read())
                .as("no slot: not in PROTECT either")
                .isInstanceOf(SocketTimeoutException.class);
        assertThat(wrap.gate().count(GateCounter.UNKNOWN_DROPS)).isPositive();
        wrap.gate().lease(0);
        wrap.gate().mode(GateMode.OPEN);
        p.service.setSoTimeout(5000);
        assertThat(p.service.getInputStream().read()).isEqualTo(1);
        p.service.getOutputStream().write(2);
        assertThat(p.client.getInputStream().read()).isEqualTo(2);
        for (int kind : new int[] {CaptureRecord.CLIENT, CaptureRecord.SERVER})
            Lab.await(
                    "captured without a slot",
                    () -> daemon.records.stream().anyMatch(r -> r.kind() == kind && r.slot() < 0 && r.captured() == 1));
    }

    @Test
    void anUnprotectedConnectionIsNotClampedAndOutlivesAFullRing() throws Exception {
        Pair p = connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        wrap.slots().unprotected(c.slot, true);
        wrap.slots().want(c.slot, c.serverIsn + 1);
        daemon.close(); // nobody drains any more
        CompletableFuture<Long> pushed = lab.start(lab.client, () -> {
            p.client.getOutputStream().write(new byte[4 * RING]);
            return 0L;
        });
        assertThat(p.service.getInputStream().readNBytes(4 * RING)).hasSize(4 * RING);
        pushed.get(5, TimeUnit.SECONDS);
        lab.start(lab.server, () -> {
            p.service.getOutputStream().write(new byte[4 * RING]);
            return 0L;
        });
        assertThat(p.client.getInputStream().readNBytes(4 * RING)).hasSize(4 * RING);
        assertThat(wrap.gate().count(GateCounter.CLAMPED) + wrap.slots().clamped(c.slot))
                .isZero();
        Lab.await("acknowledged", () -> unacknowledged() == 0);
    }

    @Test
    void framesThatCannotBeFollowedDoNotPass() throws Exception {
        Pair p = connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        byte[] syn = clientFrame(c, 2, 5);
        byte[] fragment = clientFrame(c, 0x18, 5);
        ByteBuffer.wrap(fragment).putShort(20, (short) 0x2000);
        long before = wrap.gate().count(GateCounter.ODD_DROPS);
        byte[] options = java.util.Arrays.copyOf(clientFrame(c, 0x18, 5), 63);
        System.arraycopy(options, 34, options, 38, 25);
        ByteBuffer.wrap(options).put(14, (byte) 0x46).putShort(16, (short) 49).putInt(34, 0x01010101);
        sendFromClient(syn, RawSocket.checksummed(fragment), RawSocket.checksummed(options));
        Lab.await("dropped", () -> wrap.gate().count(GateCounter.ODD_DROPS) == before + 3);
        assertThat(daemon.count(CaptureRecord.SYN)).isEqualTo(1);
    }

    @Test
    void paddingOfShortFramesIsNoPayload() throws Exception {
        Pair p = connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        byte[] frame = java.util.Arrays.copyOf(clientFrame(c, 0x18, 3), 60);
        ByteBuffer.wrap(frame).put(54, pattern(3));
        sendFromClient(RawSocket.checksummed(frame));
        Lab.await("captured", () -> c.clientBytes == 3);
        assertThat(daemon.records)
                .anyMatch(r -> r.kind() == CaptureRecord.CLIENT && r.payload() == 3 && r.captured() == 3);
        byte[] bare = java.util.Arrays.copyOf(clientFrame(c, 0x10, 0), 60);
        long records = daemon.count(CaptureRecord.CLIENT);
        int packets = wrap.slots().clientPackets(c.slot);
        sendFromClient(bare);
        Lab.await("seen", () -> wrap.slots().clientPackets(c.slot) > packets);
        assertThat(daemon.count(CaptureRecord.CLIENT)).isEqualTo(records);
    }

    /** Segments of the client that wait for an ACK, as the client's kernel counts them. */
    private int unacknowledged() {
        String ss = Lab.run("ip netns exec " + lab.client + " ss -tin dst " + Lab.VIP4);
        java.util.regex.Matcher m =
                java.util.regex.Pattern.compile("unacked:(\\d+)").matcher(ss);
        return m.find() ? Integer.parseInt(m.group(1)) : 0;
    }

    /** A frame of the client at its present position, with {@code payload} zero bytes; timestamps left out. */
    private byte[] clientFrame(TestDaemon.Conn c, int flags, int payload) {
        byte[] f = new byte[54 + payload];
        ByteBuffer b = ByteBuffer.wrap(f);
        System.arraycopy(c.synAck, 6, f, 0, 6);
        System.arraycopy(c.synAck, 0, f, 6, 6);
        b.putShort(12, (short) 0x0800)
                .put(14, (byte) 0x45)
                .putShort(16, (short) (40 + payload))
                .put(22, (byte) 64);
        b.put(23, (byte) 6).put(26, c.synAck, 30, 4).put(30, c.synAck, 26, 4);
        b.putShort(34, (short) c.key.clientPort()).putShort(36, (short) Lab.PORT);
        b.putInt(38, c.clientIsn + 1 + (int) c.clientBytes).putInt(42, c.serverIsn + 1);
        b.put(46, (byte) 0x50).put(47, (byte) flags).putShort(48, (short) 500);
        return RawSocket.checksummed(f);
    }

    private void sendFromClient(byte[]... frames) throws Exception {
        lab.in(lab.client, () -> {
            try (RawSocket raw = new RawSocket(false, 0)) {
                for (byte[] f : frames) raw.send(f);
            }
            return null;
        });
    }

    private static byte[] gratuitousArp() {
        ByteBuffer b = ByteBuffer.allocate(42);
        for (int i = 0; i < 6; i++) b.put(i, (byte) 0xFF).put(6 + i, (byte) 2).put(22 + i, (byte) 2);
        b.putShort(12, (short) 0x0806)
                .putShort(14, (short) 1)
                .putShort(16, (short) 0x0800)
                .putShort(18, (short) 0x0604);
        b.putShort(20, (short) 1).put(28, new byte[] {10, 99, 0, 100}).put(38, new byte[] {10, 99, 0, 100});
        return b.array();
    }

    private static byte[] pattern(int n) {
        ByteBuffer b = ByteBuffer.allocate(n);
        Pattern.fill(b, 0);
        return b.array();
    }

    record Pair(Socket client, Socket service) {}

    private ServerSocket listen(String vip) throws Exception {
        ServerSocket listener = lab.in(
                lab.server,
                () -> new ServerSocket(Lab.PORT, 10, Lab.address(vip).getAddress()));
        lab.atEnd(listener);
        return listener;
    }

    private Pair connect(String vip) throws Exception {
        ServerSocket listener = listen(vip);
        Socket client = lab.in(lab.client, () -> new Socket(Lab.address(vip).getAddress(), Lab.PORT));
        lab.atEnd(client);
        Socket service = listener.accept();
        lab.atEnd(service);
        client.setTcpNoDelay(true);
        return new Pair(client, service);
    }
}
