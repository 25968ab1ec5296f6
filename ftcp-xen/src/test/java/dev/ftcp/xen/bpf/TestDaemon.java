package dev.ftcp.xen.bpf;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.packet.FrameBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The least that a daemon does: opens slots, releases SYN-ACKs, checks and commits what is captured, kicks. */
final class TestDaemon implements AutoCloseable {
    /** One connection and what has been captured of it. Streams hold {@link Pattern}. */
    static final class Conn {
        int slot;
        int clientIsn;
        int serverIsn;
        FlowKey key;
        byte[] synAck;
        final Pattern fromClient = new Pattern();
        final Pattern fromServer = new Pattern();
        volatile long clientBytes;
        volatile long serverBytes;
        volatile boolean bound;
        int heldAck;
        long heldSince;
    }

    /** Kind and slot of every record, for assertions. */
    record Seen(int kind, int slot, int flags, int info, int captured, int payload) {}

    final Map<FlowKey, Conn> conns = new ConcurrentHashMap<>();
    final List<Seen> records = new CopyOnWriteArrayList<>();
    volatile boolean release = true;
    volatile boolean commit = true;
    volatile boolean sendOn = true;
    volatile int superSegments;
    volatile boolean want;
    /** Whether connections get slots. */
    volatile boolean bind = true;

    /** Whether it drains nothing for now. */
    volatile boolean paused;

    volatile boolean keepRecords = true;
    volatile boolean checkBytes = true;
    volatile long sleeps;
    private final Wrap wrap;
    private final RawSocket out;
    private final FrameBatch held = new FrameBatch(Device.index("eth0"), RawSocket.MARK);
    private final List<Conn> bySlot = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "test-daemon");
    private volatile Throwable failure;
    private volatile boolean stop;

    /** Call on a thread inside the server's namespace. */
    TestDaemon(Wrap wrap) {
        this.wrap = wrap;
        this.out = new RawSocket(false, RawSocket.MARK);
        thread.start();
    }

    Conn only() throws Exception {
        Lab.await(
                "one connection",
                () -> conns.size() == 1 && conns.values().iterator().next().bound);
        return conns.values().iterator().next();
    }

    long count(int kind) {
        return records.stream().filter(r -> r.kind() == kind).count();
    }

    private void run() {
        try {
            while (!stop) {
                if (paused) {
                    Thread.sleep(1);
                    continue;
                }
                if (wrap.capture().drain(this::take, 1000) > 0) continue;
                kick();
                if (wrap.capture().prepareSleep()) {
                    sleeps++;
                    Thread.sleep(1);
                    wrap.capture().awake();
                }
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private boolean take(CaptureRecord r) {
        if (keepRecords)
            records.add(new Seen(r.kind(), r.slot(), r.flags(), r.info(), r.capturedLength(), r.payloadLength()));
        switch (r.kind()) {
            case CaptureRecord.SYN_ACK -> synAck(r);
            case CaptureRecord.CLIENT -> client(r);
            case CaptureRecord.SERVER -> server(r);
            default -> {}
        }
        return true;
    }

    private void synAck(CaptureRecord r) {
        if (!bind) return;
        Conn c = conns.computeIfAbsent(r.key(), k -> new Conn());
        byte[] frame = new byte[r.capturedLength()];
        r.buffer().get(r.capturedIndex(), frame);
        c.synAck = RawSocket.checksummed(frame);
        if (!c.bound) {
            c.key = r.key();
            c.slot = bySlot.size();
            bySlot.add(c);
            c.clientIsn = r.ack() - 1;
            c.serverIsn = r.seq();
            wrap.slots()
                    .open(
                            c.slot,
                            new SlotStart(
                                    7 + c.slot,
                                    false,
                                    r.ack(),
                                    windowShift(frame),
                                    r.seq() + 1,
                                    r.ack() + r.window(),
                                    0,
                                    0));
            if (want) wrap.slots().want(c.slot, r.seq() + 1);
            wrap.bind(c.key, c.slot);
            c.bound = true;
        }
        if (release) release(c);
    }

    /** Sends the held SYN-ACK on. */
    void release(Conn c) {
        out.send(c.synAck);
    }

    private void client(CaptureRecord r) {
        if (r.slot() < 0) return;
        Conn c = bySlot.get(r.slot());
        long offset = Seq.offset(r.seq(), c.clientIsn, c.clientBytes);
        if (r.capturedLength() != r.payloadLength()) throw new AssertionError("client payload cut");
        if (checkBytes) Pattern.check(r.buffer(), r.capturedIndex(), r.capturedLength(), offset);
        c.fromClient.cover(offset, r.payloadLength() + (r.has(CaptureRecord.FIN) ? 1 : 0));
        c.clientBytes = c.fromClient.contiguous();
        if (commit) commit(c);
    }

    void commit(Conn c) {
        wrap.slots().commitAck(c.slot, Seq.at(c.clientIsn, c.clientBytes));
    }

    private void server(CaptureRecord r) {
        if (r.slot() < 0) return;
        Conn c = bySlot.get(r.slot());
        long offset = Seq.offset(r.seq(), c.serverIsn, c.serverBytes);
        int header = r.frameHeader(), captured = header > 0 ? r.payloadLength() : r.capturedLength();
        Pattern.check(r.buffer(), r.capturedIndex() + header, captured, offset);
        if (header > 0) {
            if (!sendOn) return;
            if (r.segmentSize() > 0) superSegments++;
            held.add(r.buffer(), r.capturedIndex(), r.capturedLength(), header, r.segmentSize());
            held.send();
        }
        c.fromServer.cover(offset, captured);
        c.serverBytes = c.fromServer.contiguous();
        // What is known may leave by itself, if it is sent again.
        if (want) wrap.slots().want(c.slot, Seq.at(c.serverIsn, c.serverBytes));
    }

    /** Sends the ACKs that are committed by now, and that no segment has carried for a few milliseconds. */
    private void kick() {
        for (Conn c : bySlot) {
            int wanted = wrap.slots().maxAck(c.slot);
            boolean held = commit
                    && wanted != wrap.slots().sentAck(c.slot)
                    && wanted == wrap.slots().committedAck(c.slot);
            if (!held || wanted != c.heldAck) {
                c.heldAck = wanted;
                c.heldSince = System.nanoTime();
            } else if (System.nanoTime() - c.heldSince > 3_000_000) {
                kick(c);
            }
        }
    }

    void kick(Conn c) {
        SlotTable s = wrap.slots();
        boolean v4 = c.key.isIpv4();
        int l3 = v4 ? 20 : 40, l4 = 14 + l3;
        byte[] f = new byte[l4 + 32];
        System.arraycopy(c.synAck, 0, f, 0, l4 + 20);
        ByteBuffer b = ByteBuffer.wrap(f);
        if (v4) b.putShort(16, (short) 52);
        else b.putShort(18, (short) 32);
        int ack = s.committedAck(c.slot), shift = windowShift(c.synAck);
        int window = Math.min(65535, s.sentRight(c.slot) - ack + (1 << shift) - 1 >>> shift);
        b.putInt(l4 + 4, s.lastSeq(c.slot)).putInt(l4 + 8, ack).putShort(l4 + 12, (short) 0x8010);
        b.putShort(l4 + 14, (short) window).putInt(l4 + 20, 0x0101080a).putInt(l4 + 24, s.tsval(c.slot));
        b.putInt(l4 + 28, s.clientTsval(c.slot));
        out.send(RawSocket.checksummed(f));
    }

    private static int windowShift(byte[] frame) {
        int l4 = frame[12] == 8 && frame[13] == 0 ? 34 : 54, end = l4 + (frame[l4 + 12] >> 4 & 15) * 4;
        for (int i = l4 + 20; i < end; i += frame[i] == 1 ? 1 : frame[i + 1]) if (frame[i] == 3) return frame[i + 2];
        return 0;
    }

    void check() {
        if (failure != null) throw new AssertionError("test daemon", failure);
    }

    @Override
    public void close() throws Exception {
        stop = true;
        thread.join();
        out.close();
        held.close();
        check();
    }
}
