package dev.ftcp.daemon.takeover;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.TcpFrameReader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What clients say to this host shortly before its TCP can take it: openings, before it has the address, and the next bytes of a connection, before it
 * has its socket. Said again to it as soon as it can, so that no client waits for its timer. Bounded; what is not kept, the client sends
 * again. Core loop only.
 */
final class Unheard {
    /** What is older has been sent again by its client, or given up. */
    private static final long FRESH_NANOS = 500_000_000L;

    private static final int MOST_OPENINGS = 1024;
    private static final int MOST_DATA = 4096;

    private record Opening(long nanos, FlowKey key, ByteBuffer frame) {}

    /** A connection's bytes: the frame, where they begin, and the sequence number after it. */
    record Data(long nanos, ByteBuffer frame, int seq, int endSeq) {}

    private final PacketReceiver receiver;
    private final Deque<Opening> openings = new ArrayDeque<>();
    /** Oldest first. */
    private final Map<FlowKey, Data> data = new LinkedHashMap<>();

    Unheard(PacketReceiver receiver) {
        this.receiver = receiver;
    }

    /** Within a handler of the receiver: keeps the segment if it opens a connection. */
    void opening(TcpFrameReader s, long now) {
        while (!openings.isEmpty() && now - openings.getFirst().nanos > FRESH_NANOS) openings.removeFirst();
        if (!s.has(FrameWriter.SYN) || s.has(FrameWriter.ACK | FrameWriter.RST) || openings.size() == MOST_OPENINGS)
            return;
        ByteBuffer frame = receiver.copy();
        if (frame != null) openings.addLast(new Opening(now, s.keyFromClient(), frame));
    }

    /**
     * Within a handler of the receiver: keeps a segment with data, if nothing is kept that comes before it. What is committed is known only
     * when it is taken.
     */
    void data(FlowKey key, TcpFrameReader s, long now) {
        if (s.has(FrameWriter.RST)) return;
        Data before = data.get(key);
        if (before != null && now - before.nanos <= FRESH_NANOS && !Seq.before(s.seq(), before.seq)) return;
        keep(key, s, now);
    }

    /** The same, of a connection of which {@code committedAck} is committed: keeps what comes next. */
    void nextData(FlowKey key, TcpFrameReader s, int committedAck, long now) {
        if (s.payloadLength() > 0 && hasNext(s.seq(), s.endSeq(), committedAck)) keep(key, s, now);
    }

    private void keep(FlowKey key, TcpFrameReader s, long now) {
        Iterator<Data> oldest = data.values().iterator();
        while (oldest.hasNext() && now - oldest.next().nanos > FRESH_NANOS) oldest.remove();
        data.remove(key);
        if (data.size() == MOST_DATA) return;
        ByteBuffer frame = receiver.copy();
        if (frame != null) data.put(key, new Data(now, frame, s.seq(), s.endSeq()));
    }

    private static boolean hasNext(int seq, int endSeq, int committedAck) {
        return !Seq.after(seq, committedAck) && Seq.after(endSeq, committedAck);
    }

    /** Gives the openings of the last moments away, oldest first, as far as they are wanted. */
    void takeOpenings(long now, Predicate<FlowKey> wanted, Consumer<ByteBuffer> to) {
        for (Opening opening : openings)
            if (now - opening.nanos <= FRESH_NANOS && wanted.test(opening.key)) to.accept(opening.frame);
        openings.clear();
    }

    /** Gives away what was kept of a connection, if it has the byte that comes after what is committed; or null. */
    @Nullable
    Data takeData(FlowKey key, int committedAck, long now) {
        Data kept = data.remove(key);
        boolean next = kept != null && now - kept.nanos <= FRESH_NANOS && hasNext(kept.seq, kept.endSeq, committedAck);
        return next ? kept : null;
    }

    void clear() {
        openings.clear();
        data.clear();
    }
}
