package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.xen.linux.Sys;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lease, modes, and frames that are not what they seem. Needs root. */
class WrapModeTest {
    @AutoClose
    private final Fixture f = new Fixture();

    private final Lab lab = f.lab;
    private final Wrap wrap = f.wrap;
    private final TestDaemon daemon = f.daemon;

    WrapModeTest() throws Exception {}

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingLeavesAfterTheLease(boolean rule) throws Exception {
        wrap.gate().flags(Gate.TEST_NO_LEASE, !rule);
        Fixture.Pair p = f.connect(Lab.VIP4);
        p.service().getOutputStream().write(1);
        assertThat(p.client().getInputStream().read()).isEqualTo(1);
        wrap.gate().lease(Sys.bootNanos());
        p.service().getOutputStream().write(2);
        p.client().setSoTimeout(400);
        Lab.run("ip -n " + lab.client + " neigh flush dev eth0");
        if (!rule) {
            assertThat(p.client().getInputStream().read()).isEqualTo(2);
            return;
        }
        assertThatThrownBy(() -> p.client().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        TestDaemon.Conn c = daemon.only();
        int sent = wrap.slots().sentAck(c.slot);
        byte[] claim = Fixture.gratuitousArp();
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
        assertThat(Lab.run("ip -n " + lab.client + " neigh show " + Lab.VIP6)).doesNotContain("lladdr");
        assertThat(wrap.gate().count(GateCounter.LEASE_DROPS)).isGreaterThanOrEqualTo(2);
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(sent);
        wrap.gate().lease(Long.MAX_VALUE);
        p.client().setSoTimeout(5000);
        assertThat(p.client().getInputStream().read()).isEqualTo(2);
    }

    @Test
    void closedLetsNothingThroughAndOpenEverything() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        wrap.gate().mode(GateMode.CLOSED);
        p.client().getOutputStream().write(1);
        p.service().setSoTimeout(300);
        assertThatThrownBy(() -> p.service().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        wrap.unbind(daemon.only().key);
        WrapStreamTest.protect(wrap);
        assertThatThrownBy(() -> p.service().getInputStream().read())
                .as("no slot: not in PROTECT either")
                .isInstanceOf(SocketTimeoutException.class);
        Lab.await("its being sent again", () -> wrap.gate().count(GateCounter.UNKNOWN_DROPS) > 0);
        wrap.gate().lease(0);
        wrap.gate().mode(GateMode.OPEN);
        p.service().setSoTimeout(5000);
        assertThat(p.service().getInputStream().read()).isEqualTo(1);
        p.service().getOutputStream().write(2);
        assertThat(p.client().getInputStream().read()).isEqualTo(2);
        assertThat(daemon.count(CaptureRecord.ESTABLISHED))
                .as("the slot said so")
                .isZero();
        awaitByteOfEachWithoutSlot();
    }

    /** A client comes again from the same port. With the gate open nothing waits for the daemon, and the slot that it finds is another connection's. */
    @ParameterizedTest
    @ValueSource(strings = {Lab.VIP4, Lab.VIP6})
    void whatIsSaidBeforeASlotIsNotTheEarlierConnections(String vip) throws Exception {
        ServerSocket listener = f.listen(vip);
        Fixture.Pair first = f.connect(vip, listener);
        TestDaemon.Conn c = daemon.only();
        int port = first.client().getLocalPort();
        first.client().setSoLinger(true, 0); // a reset: no TIME_WAIT keeps the port
        first.client().close();
        Lab.await("its end", () -> daemon.count(CaptureRecord.GONE) == 1);
        wrap.gate().mode(GateMode.OPEN);
        daemon.bind = false;
        Socket client = lab.in(lab.client, () -> {
            Socket again = new Socket();
            again.bind(new InetSocketAddress(port));
            again.connect(Lab.address(vip));
            return again;
        });
        lab.atEnd(client);
        Socket service = listener.accept();
        lab.atEnd(service);
        client.getOutputStream().write(1);
        assertThat(service.getInputStream().read()).isEqualTo(1);
        service.close();
        Lab.await("its end", () -> daemon.count(CaptureRecord.GONE) == 2);
        List<TestDaemon.Seen> later = daemon.records.stream()
                .dropWhile(r -> r.kind() != CaptureRecord.GONE)
                .skip(1)
                .dropWhile(r -> r.kind() != CaptureRecord.SYN_ACK)
                .toList();
        assertThat(later)
                .extracting(TestDaemon.Seen::kind)
                .contains(
                        CaptureRecord.SYN_ACK,
                        CaptureRecord.ESTABLISHED,
                        CaptureRecord.CLIENT,
                        CaptureRecord.SERVER,
                        CaptureRecord.GONE);
        assertThat(later).allSatisfy(r -> assertThat(r.slot()).isNotEqualTo(c.slot));
    }

    /** Opened with the gate open, and not followed yet as it closes: the daemon will find what was said by the connection's key. */
    @Test
    void whatIsStillToBeFollowedPassesCaptured() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        wrap.unbind(daemon.only().key);
        wrap.gate().flags(Gate.SYNCING, true);
        p.client().getOutputStream().write(1);
        assertThat(p.service().getInputStream().read()).isEqualTo(1);
        p.service().getOutputStream().write(2);
        assertThat(p.client().getInputStream().read()).isEqualTo(2);
        awaitByteOfEachWithoutSlot();
    }

    private void awaitByteOfEachWithoutSlot() throws Exception {
        for (int kind : new int[] {CaptureRecord.CLIENT, CaptureRecord.SERVER})
            Lab.await(
                    "captured without a slot",
                    () -> daemon.records.stream().anyMatch(r -> r.kind() == kind && r.slot() < 0 && r.captured() == 1));
    }

    /** Before a switchover: what clients say is kept for the next owner, and neither the service nor the client hears of it here. */
    @Test
    void listeningHearsClientsAndSaysNothing() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        wrap.gate().mode(GateMode.LISTENING);
        int sent = wrap.slots().sentAck(c.slot);
        p.client().getOutputStream().write(Fixture.pattern(10));
        Lab.await("captured", () -> c.clientBytes == 10);
        p.service().getOutputStream().write(1);
        p.service().setSoTimeout(300);
        p.client().setSoTimeout(300);
        assertThatThrownBy(() -> p.service().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> p.client().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        lab.in(lab.server, () -> {
            daemon.kick(c);
            return null;
        });
        assertThat(wrap.slots().sentAck(c.slot)).isEqualTo(sent);
        WrapStreamTest.protect(wrap);
        p.service().setSoTimeout(5000);
        p.client().setSoTimeout(5000);
        assertThat(p.service().getInputStream().readNBytes(10)).isEqualTo(Fixture.pattern(10));
        assertThat(p.client().getInputStream().read()).isEqualTo(1);
    }

    /** After a switchover the old owner passes on what clients still say to it, for as long as it was told. */
    @ParameterizedTest
    @CsvSource({"LISTENING, 10.99.0.100", "CLOSED, 10.99.0.100", "CLOSED, fd99::100"})
    void whatClientsSayGoesToTheHeir(GateMode mode, String vip) throws Exception {
        byte[] heir = {2, 0, 0, 0, 0, 0x77};
        f.connect(vip).client().close();
        byte[] own = Arrays.copyOfRange(daemon.only().synAck, 6, 12);
        try (RawSocket ear = lab.in(lab.client, () -> new RawSocket(true, 0))) {
            wrap.gate().mode(mode);
            for (boolean known : new boolean[] {true, false, true}) {
                wrap.gate().heir(known ? 0x020000000077L : 0, Long.MAX_VALUE);
                CompletableFuture<Object> asking = lab.start(lab.client, () -> {
                    try (Socket s = new Socket()) {
                        s.connect(Lab.address(vip), 300);
                    } catch (SocketTimeoutException e) {
                        return null;
                    }
                    throw new AssertionError("answered");
                });
                boolean passedOn = false;
                while (!asking.isDone() || known && !passedOn) {
                    ByteBuffer frame = ear.receive(60);
                    if (frame == null) {
                        if (asking.isDone()) break;
                        continue;
                    }
                    byte[] macs = new byte[12];
                    frame.get(0, macs);
                    boolean fromHere = Arrays.equals(macs, 0, 6, heir, 0, 6);
                    if (fromHere) assertThat(Arrays.copyOfRange(macs, 6, 12)).isEqualTo(own);
                    passedOn |= fromHere;
                }
                asking.get(5, TimeUnit.SECONDS);
                assertThat(passedOn).isEqualTo(known);
            }
        }
    }

    @Test
    void aConnectionThatOpensBeforeItHasASlotIsRecorded() throws Exception {
        wrap.gate().mode(GateMode.OPEN);
        daemon.bind = false;
        f.connect(Lab.VIP4);
        Lab.await("its opening", () -> daemon.count(CaptureRecord.ESTABLISHED) == 1);
    }

    @Test
    void framesThatCannotBeFollowedDoNotPass() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        byte[] syn = f.clientFrame(c, 2, 5);
        byte[] fragment = f.clientFrame(c, 0x18, 5);
        ByteBuffer.wrap(fragment).putShort(20, (short) 0x2000);
        long before = wrap.gate().count(GateCounter.ODD_DROPS);
        byte[] options = Arrays.copyOf(f.clientFrame(c, 0x18, 5), 63);
        System.arraycopy(options, 34, options, 38, 25);
        ByteBuffer.wrap(options).put(14, (byte) 0x46).putShort(16, (short) 49).putInt(34, 0x01010101);
        f.sendFromClient(syn, RawSocket.checksummed(fragment), RawSocket.checksummed(options));
        Lab.await("dropped", () -> wrap.gate().count(GateCounter.ODD_DROPS) == before + 3);
        assertThat(daemon.count(CaptureRecord.SYN)).isEqualTo(1);
    }

    @Test
    void extensionHeadersDoNotPass() throws Exception {
        f.connect(Lab.VIP6);
        TestDaemon.Conn c = daemon.only();
        long before = wrap.gate().count(GateCounter.ODD_DROPS);
        byte[] options = f.clientFrameBehind(c, 60, 0x06000104_00000000L);
        byte[] fragment = f.clientFrameBehind(c, 44, 0x06000001_00000007L);
        f.sendFromClient(options, fragment);
        Lab.await("dropped", () -> wrap.gate().count(GateCounter.ODD_DROPS) == before + 2);
        assertThat(daemon.count(CaptureRecord.CLIENT)).isZero();
    }

    @Test
    void paddingOfShortFramesIsNoPayload() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        byte[] frame = Arrays.copyOf(f.clientFrame(c, 0x18, 3), 60);
        ByteBuffer.wrap(frame).put(54, Fixture.pattern(3));
        f.sendFromClient(RawSocket.checksummed(frame));
        Lab.await("captured", () -> c.clientBytes == 3);
        assertThat(daemon.records)
                .anyMatch(r -> r.kind() == CaptureRecord.CLIENT && r.payload() == 3 && r.captured() == 3);
        byte[] bare = Arrays.copyOf(f.clientFrame(c, 0x10, 0), 60);
        long records = daemon.count(CaptureRecord.CLIENT);
        int packets = wrap.slots().clientPackets(c.slot);
        f.sendFromClient(bare);
        Lab.await("seen", () -> wrap.slots().clientPackets(c.slot) > packets);
        assertThat(daemon.count(CaptureRecord.CLIENT)).isEqualTo(records);
    }
}
