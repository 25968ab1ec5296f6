package dev.ftcp.daemon.takeover;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.TcpFrameReader;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
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
    private static final int MOST_FRAMES = 8;

    private record Opening(long nanos, FlowKey key, ByteBuffer frame) {}

    /** A connection's bytes: the frames without a gap, where they begin, and the sequence number after them. */
    record Data(long nanos, List<ByteBuffer> frames, int seq, int endSeq) {
        boolean has(int next) {
            return covers(seq, endSeq, next);
        }
    }

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
     * Within a handler of the receiver: keeps a segment with data, if nothing is kept that comes before it, or just that. What is committed is known
     * only when it is taken.
     */
    void data(FlowKey key, TcpFrameReader s, long now) {
        if (s.has(FrameWriter.RST)) return;
        Data before = data.get(key);
        if (before == null || now - before.nanos > FRESH_NANOS || Seq.before(s.seq(), before.seq))
            keep(key, s, now, null);
        else if (s.seq() == before.endSeq) keep(key, s, now, before);
    }

    /** The same, of a connection of which {@code committedAck} is committed: keeps what comes next. */
    void nextData(FlowKey key, TcpFrameReader s, int committedAck, long now) {
        if (s.payloadLength() == 0) return;
        Data before = data.get(key);
        if (before != null && before.has(committedAck)) {
            if (s.seq() == before.endSeq) keep(key, s, now, before);
        } else if (covers(s.seq(), s.endSeq(), committedAck)) {
            keep(key, s, now, null);
        }
    }

    private void keep(FlowKey key, TcpFrameReader s, long now, @Nullable Data before) {
        if (before != null && before.frames.size() == MOST_FRAMES) return;
        Iterator<Data> oldest = data.values().iterator();
        while (oldest.hasNext() && now - oldest.next().nanos > FRESH_NANOS) oldest.remove();
        if (data.size() == MOST_DATA && !data.containsKey(key)) return;
        ByteBuffer frame = receiver.copy();
        if (frame == null) return;
        data.remove(key); // and to the end, as the newest
        List<ByteBuffer> frames = new ArrayList<>(before == null ? List.of() : before.frames);
        frames.add(frame);
        data.put(key, new Data(now, frames, before == null ? s.seq() : before.seq, s.endSeq()));
    }

    private static boolean covers(int seq, int endSeq, int next) {
        return !Seq.after(seq, next) && Seq.after(endSeq, next);
    }

    /** Gives the openings of the last moments at one address away, oldest first, as far as they are wanted. */
    void takeOpenings(InetAddress vip, long now, Predicate<FlowKey> wanted, Consumer<ByteBuffer> to) {
        openings.removeIf(opening -> {
            if (!opening.key.vip().equals(vip)) return false;
            if (now - opening.nanos <= FRESH_NANOS && wanted.test(opening.key)) to.accept(opening.frame);
            return true;
        });
    }

    /** Whether something is kept of a connection. */
    boolean hasData(FlowKey key) {
        return data.containsKey(key);
    }

    /** Gives away what was kept of a connection, if it has the byte that comes after what is committed; or null. */
    @Nullable
    Data takeData(FlowKey key, int committedAck, long now) {
        Data kept = data.remove(key);
        return kept != null && now - kept.nanos <= FRESH_NANOS && kept.has(committedAck) ? kept : null;
    }

    void clear() {
        openings.clear();
        data.clear();
    }
}
