package dev.ftcp.xen.lab;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.Announcer;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.PacketSender;
import dev.ftcp.xen.packet.ProbeFrames;
import dev.ftcp.xen.packet.TcpFrameReader;
import dev.ftcp.xen.tcprepair.RestoreSpec;
import dev.ftcp.xen.tcprepair.TcpRestore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** One connection of the client with host a, and its continuation on host b. Steps are called by the test in order. */
public final class Takeover implements AutoCloseable {
    /** What a segment said, kept beyond its handler. */
    public record Seen(
            int seq, int ack, int window, int end, int mss, int scale, boolean sack, boolean ts, int tsval, long mac) {
        static Seen of(TcpFrameReader r) {
            return new Seen(
                    r.seq(),
                    r.ack(),
                    r.window(),
                    r.endSeq(),
                    r.mss(),
                    r.windowScale(),
                    r.sackPermitted(),
                    r.hasTimestamps(),
                    r.tsval(),
                    r.sourceMac());
        }
    }

    private static final int PORT = 8080;

    private final Lab lab;
    private final InetAddress vip;
    private final PacketReceiver atA, atB, atClient;
    private final PacketSender fromB;
    private final NetInterface nicB;
    public final Socket client;
    public final FlowKey key;
    public final Seen syn, synAck;
    public final int fdA;
    private int lastTsval;
    private int rcvNxt, sndNxt, rcvWnd;

    public Takeover(Lab lab, boolean v4) throws IOException {
        this.lab = lab;
        vip = v4 ? Lab.VIP4 : Lab.VIP6;
        InetAddress clientAddress = v4 ? Lab.CLIENT4 : Lab.CLIENT6;
        Lab.down(lab.b, vip);
        Lab.up(lab.a, vip);
        nicB = Lab.eth0(lab.b);
        atA = in(lab.a, () -> receiver(vip));
        atB = in(lab.b, () -> receiver(vip));
        atClient = in(lab.client, () -> receiver(clientAddress));
        fromB = in(lab.b, () -> new PacketSender(nicB.index(), PacketSender.DAEMON_MARK));
        in(lab.a, () -> {
            NetInterface nic = NetInterface.find("eth0");
            try (PacketSender fromA = new PacketSender(nic.index(), 0)) {
                return new Announcer(fromA, nic.mac(), vip).announce();
            }
        });
        int listener = in(lab.a, () -> NativeTcp.listen(vip, PORT));
        SocketAddress target = new InetSocketAddress(vip, PORT);
        client = in(lab.client, () -> {
            Socket s = new Socket();
            s.connect(target, 5000);
            s.setTcpNoDelay(true);
            s.setSoTimeout(10_000);
            return s;
        });
        fdA = NativeTcp.accept(listener);
        Sys.closeQuietly(listener);
        key = FlowKey.of(vip, PORT, client.getLocalAddress(), client.getLocalPort());
        syn = await(atA, FrameWriter.SYN);
        synAck = await(atClient, FrameWriter.SYN);
    }

    /** Host a dies: what its kernel knew is remembered, its end vanishes without a word. */
    public void kill() {
        sndNxt = NativeTcp.repairSeq(fdA, 2);
        rcvNxt = NativeTcp.repairSeq(fdA, 1);
        rcvWnd = NativeTcp.repairRcvWnd(fdA);
        Lab.down(lab.a, vip);
        TcpRestore.abandon(fdA);
        lastTsval = synAck.tsval;
        atClient.drain(r -> lastTsval = r.hasTimestamps() ? r.tsval() : lastTsval);
    }

    public Seen probe() {
        atB.drain(r -> {});
        new Announcer(fromB, nicB.mac(), vip).announce();
        ProbeFrames frames = new ProbeFrames(fromB, nicB);
        frames.probe(key, syn.mac, sndNxt, rcvNxt, 1000, ts(), tsval(), 0);
        return await(atB, FrameWriter.ACK);
    }

    /** Restores on host b with the client's answer; the address is not up yet. */
    public int restore(Seen answer) {
        RestoreSpec spec = new RestoreSpec(
                key,
                answer.ack,
                rcvNxt,
                answer.window << Math.max(scaled() ? syn.scale : 0, 0),
                rcvWnd,
                syn.mss,
                scaled() ? syn.scale : -1,
                scaled() ? synAck.scale : -1,
                syn.sack && synAck.sack,
                ts(),
                tsval(),
                1 << 20);
        return in(lab.b, () -> new TcpRestore().restore(spec));
    }

    public void resume(int fd) {
        Lab.up(lab.b, vip);
        new TcpRestore().resume(fd);
    }

    /** Before the first output of the restored connection. */
    public boolean resend(int fd, Seen answer, int mss) {
        ProbeFrames frames = new ProbeFrames(fromB, nicB);
        int tsval = ts() ? new TcpRestore().timestamp(fd) : 0;
        return frames.resend(key, syn.mac, answer.ack, rcvNxt, answer.end, mss, 1000, ts(), tsval, answer.tsval);
    }

    /** Before the first output of the restored connection. */
    public boolean revertBackoff(int fd, Seen answer) {
        ProbeFrames frames = new ProbeFrames(fromB, nicB);
        int tsval = ts() ? new TcpRestore().timestamp(fd) : 0;
        return frames.revertBackoff(key, syn.mac, answer.ack, rcvNxt, 1000, ts(), tsval, answer.tsval);
    }

    /** Host a, which is dead, had taken so many bytes more, and died before it said so. */
    public void tookUnacknowledged(int bytes) {
        rcvNxt += bytes;
    }

    /** Segments of the client with data that were sent to host b since this was asked last: their sequence numbers, less rcv_nxt. */
    public List<Integer> resent() {
        List<Integer> seen = new ArrayList<>();
        atB.drain(r -> {
            if (r.payloadLength() > 0) seen.add(r.seq() - rcvNxt);
        });
        return seen;
    }

    public int rcvNxt() {
        return rcvNxt;
    }

    /** Bytes that host a has queued or sent since the handshake. */
    public int sent() {
        return sndNxt - synAck.seq - 1;
    }

    public int received() {
        return rcvNxt - syn.seq - 1;
    }

    public boolean ts() {
        return syn.ts && synAck.ts;
    }

    public int tsval() {
        return lastTsval + 1001;
    }

    public PacketSender sender() {
        return fromB;
    }

    public long macB() {
        return nicB.mac();
    }

    /** Next segment with one of the flags, or a failure after two seconds. */
    public static Seen await(PacketReceiver receiver, int flags) {
        Seen[] seen = new Seen[1];
        long end = System.nanoTime() + 2_000_000_000L;
        while (seen[0] == null && System.nanoTime() < end) {
            receiver.drain(r -> {
                if (seen[0] == null && r.has(flags)) seen[0] = Seen.of(r);
            });
            Thread.onSpinWait();
        }
        if (seen[0] == null) throw new IllegalStateException("no segment with flags " + flags);
        return seen[0];
    }

    @Override
    public void close() throws IOException {
        client.close();
        atA.close();
        atB.close();
        atClient.close();
        fromB.close();
        Lab.down(lab.a, vip);
        Lab.down(lab.b, vip);
    }

    private boolean scaled() {
        return syn.scale >= 0 && synAck.scale >= 0;
    }

    private static PacketReceiver receiver(InetAddress address) {
        return new PacketReceiver(NetInterface.find("eth0").index(), List.of(address), 1 << 20);
    }

    private static <T> T in(Netns ns, Callable<T> action) {
        return ns.call(action);
    }
}
