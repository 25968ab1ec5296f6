package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.log.LogHandler;
import dev.ftcp.core.log.LogReader;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A standby: its memory, its ledger, and what would be in it if it read everything that is visible. */
final class Standby {
    private static final int ALL = Integer.MAX_VALUE;
    private static final int HEAD_OF_LANE_0 = 4096 + 128; // see RegionLayout

    final ChunkPool pool = new ChunkPool(64 << 20);
    final Ledger ledger;
    final LogWriter writer;
    private final ByteBuffer memory;
    private final LogReader reader;
    private final int flows;

    Standby(int laneBytes, int flows, long perFlow) {
        RegionSpec spec = new RegionSpec(1, laneBytes);
        this.flows = flows;
        memory = ByteBuffer.allocateDirect(spec.totalBytes()).order(ByteOrder.LITTLE_ENDIAN);
        Region owner = Region.create(memory, spec);
        reader = new LogReader(owner.reader(0), flows);
        ledger = new Ledger(flows, pool, perFlow);
        writer = new LogWriter(Region.open(memory).writer(0));
    }

    /** Writes a position into the lane that it cannot have. */
    void breakHead() {
        memory.putLong(HEAD_OF_LANE_0, 1L << 40);
    }

    int read(int records) {
        return reader.poll(ledger, records);
    }

    void readAll() {
        while (read(ALL) > 0) {}
    }

    @Nullable
    FlowLedger flow(FlowKey key) {
        FlowLedger[] found = new FlowLedger[1];
        ledger.forEach(f -> {
            if (f.opening().key().equals(key)) found[0] = f;
        });
        return found[0];
    }

    FlowLedger known(FlowKey key) {
        FlowLedger f = flow(key);
        if (f == null) throw new AssertionError("the standby does not know " + key);
        return f;
    }

    /** What is known of a connection once everything visible is read. */
    static final class Seen {
        final FlowKey key;
        long clientEnd;
        boolean clientFin;
        long serverEnd;
        boolean serverFin;
        boolean unprotected;

        Seen(FlowKey key) {
            this.key = key;
        }
    }

    /** Looks at everything visible, without taking it: on a copy of the memory. */
    Map<Integer, Seen> visible() {
        Map<Integer, Seen> seen = new HashMap<>();
        ledger.forEach(f -> {
            Seen s = new Seen(f.opening().key());
            s.clientEnd = f.clientEnd();
            s.clientFin = f.clientFin();
            s.serverEnd = f.serverEnd();
            s.serverFin = f.serverFin();
            s.unprotected = f.unprotected() != null;
            seen.put(f.opening().flow(), s);
        });
        ByteBuffer copy = ByteBuffer.allocateDirect(memory.capacity())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(0, memory, 0, memory.capacity());
        LogReader peek = new LogReader(Region.open(copy).reader(0), flows);
        LogHandler tracker = new Tracker(seen);
        while (peek.poll(tracker, ALL) > 0) {}
        return seen;
    }

    private record Tracker(Map<Integer, Seen> seen) implements LogHandler {
        @Override
        public void opened(Opening o) {
            seen.put(o.flow(), new Seen(o.key()));
        }

        @Override
        public void clientBytes(int flow, long offset, ByteBuffer bytes, int index, int length) {
            Seen s = seen.get(flow);
            if (s != null && s.clientEnd == offset) s.clientEnd += length;
        }

        @Override
        public void serverBytes(int flow, long offset, ByteBuffer bytes, int index, int length) {
            serverAt(flow, offset + length, 0);
        }

        @Override
        public void serverAt(int flow, long offset, int tsval) {
            Seen s = seen.get(flow);
            if (s != null) s.serverEnd = Math.max(s.serverEnd, offset);
        }

        @Override
        public void acked(int flow, long offset) {}

        @Override
        public void safePoint(int flow, long clientOffset, long serverOffset, byte[] prelude) {
            Seen s = seen.get(flow);
            if (s != null && s.clientEnd == 0) s.clientEnd = clientOffset;
            serverAt(flow, serverOffset, 0);
        }

        @Override
        public void clientFin(int flow, long offset) {
            Seen s = seen.get(flow);
            if (s != null) s.clientFin = true;
        }

        @Override
        public void serverFin(int flow, long offset) {
            serverAt(flow, offset, 0);
            Seen s = seen.get(flow);
            if (s != null) s.serverFin = true;
        }

        @Override
        public void unprotected(int flow, String reason) {
            Seen s = seen.get(flow);
            if (s != null) s.unprotected = true;
        }

        @Override
        public void closed(int flow, int reason) {
            seen.remove(flow);
        }

        @Override
        public void snapshotBegin() {
            seen.clear();
        }

        @Override
        public void snapshotEnd() {}

        @Override
        public void handover(long nextEpoch) {}
    }
}
