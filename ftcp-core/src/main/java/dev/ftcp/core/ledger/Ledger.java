package dev.ftcp.core.ledger;

import dev.ftcp.core.log.LogHandler;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The standby's copy of every connection, built from the log. Records come from another machine: one that does not fit what
 * is known (a gap, a step back) makes that connection unprotected with a reason, it never throws;
 * one of an unknown connection is dropped. Not thread-safe.
 */
public final class Ledger implements LogHandler {
    /** No stream is that long, and sums with what a connection may retain stay far from overflow. */
    private static final long MOST_BASE = 1L << 60;

    private static final String NO_ROOM = "limits.retain reached on the standby";

    private final FlowLedgers flows;
    private final BitSet givenUp = new BitSet();
    private long nowNanos;
    private boolean complete;
    private long handoverEpoch = -1;
    private long records;

    /**
     * @param maxFlows ids are 0 to {@code maxFlows - 1}
     * @param perFlow most bytes retained of each direction of a connection
     */
    public Ledger(int maxFlows, ChunkPool pool, long perFlow) {
        this.flows = new FlowLedgers(maxFlows, pool, perFlow);
    }

    /** The time that the next records are taken to arrive at. */
    public void now(long nanos) {
        this.nowNanos = nanos;
    }

    /** Whether every live connection of the primary is in, so that this copy may be promoted. */
    public boolean complete() {
        return complete;
    }

    /** The epoch of a requested handover, or −1. */
    public long handoverEpoch() {
        return handoverEpoch;
    }

    /** Records taken. */
    public long records() {
        return records;
    }

    /** Connections known. */
    public int size() {
        return flows.size();
    }

    /** Connections that this copy has given up by itself: the primary does not know. */
    public int givenUp() {
        return givenUp.cardinality();
    }

    /** Bytes retained over all connections. */
    public long retained() {
        long[] sum = new long[1];
        forEach(flow -> sum[0] += flow.retained());
        return sum[0];
    }

    /** Shows every connection. */
    public void forEach(Consumer<FlowLedger> visitor) {
        flows.forEach(visitor);
    }

    /** Gives all memory back and forgets everything. */
    public void clear() {
        flows.clear();
        givenUp.clear();
        complete = false;
        handoverEpoch = -1;
    }

    /** Forgets everything as {@link #clear} does, but the connections' memory belongs to somebody else now: a takeover. */
    public void handedOver() {
        flows.forget();
        givenUp.clear();
        complete = false;
        handoverEpoch = -1;
    }

    @Override
    public void opened(Opening opening) {
        records++;
        givenUp.clear(opening.flow());
        flows.open(opening, nowNanos);
    }

    @Override
    public void clientBytes(int flow, long offset, ByteBuffer bytes, int index, int length) {
        FlowLedger f = open(flow);
        if (f == null) return;
        if (offset != f.clientEnd() || f.clientFin()) {
            giveUp(f, "log: client bytes at " + offset + ", expected " + f.clientEnd() + ended(f.clientFin()));
        } else if (!f.appendClient(bytes, index, length)) {
            giveUp(f, NO_ROOM);
        }
    }

    @Override
    public void serverBytes(int flow, long offset, ByteBuffer bytes, int index, int length) {
        FlowLedger f = open(flow);
        if (f == null) return;
        if (offset != f.serverEnd() || f.serverFin()) {
            giveUp(f, "log: server bytes at " + offset + ", expected " + f.serverEnd() + ended(f.serverFin()));
        } else if (!f.appendServer(bytes, index, length)) {
            giveUp(f, NO_ROOM);
        }
    }

    @Override
    public void serverAt(int flow, long offset, int tsval) {
        FlowLedger f = open(flow);
        if (f == null) return;
        if (offset < f.serverEnd() || f.serverFin())
            giveUp(f, "log: server at " + offset + ", was at " + f.serverEnd() + ended(f.serverFin()));
        else f.serverAt(offset);
    }

    @Override
    public void acked(int flow, long offset) {
        FlowLedger f = open(flow);
        if (f == null) return;
        if (offset > f.serverEnd() && !f.fresh())
            giveUp(f, "log: client acknowledged " + offset + " of " + f.serverEnd());
        else f.acked(offset);
    }

    @Override
    public void safePoint(int flow, long clientOffset, long serverOffset, byte[] prelude) {
        FlowLedger f = open(flow);
        if (f == null) return;
        // In a snapshot the safe point comes right after the opening and the acknowledgement, before any bytes.
        if (f.fresh()) {
            if (Math.max(clientOffset, serverOffset) > MOST_BASE)
                giveUp(f, "log: base " + clientOffset + ", " + serverOffset + " cannot be");
            else f.base(clientOffset, serverOffset, f.acked(), prelude);
        } else if (clientOffset < f.safeClient()
                || clientOffset > f.clientEnd()
                || serverOffset < f.safeServer()
                || serverOffset > f.serverEnd()) {
            giveUp(
                    f,
                    "log: safe point " + clientOffset + ", " + serverOffset + " is not between " + f.safeClient() + ", "
                            + f.safeServer() + " and " + f.clientEnd() + ", " + f.serverEnd());
        } else {
            f.safePoint(clientOffset, serverOffset, prelude);
        }
    }

    @Override
    public void clientFin(int flow, long offset) {
        FlowLedger f = open(flow);
        if (f == null) return;
        if (offset != f.clientEnd()) giveUp(f, "log: client's end at " + offset + ", expected " + f.clientEnd());
        else f.clientFin(true);
    }

    @Override
    public void serverFin(int flow, long offset) {
        FlowLedger f = open(flow);
        if (f == null) return;
        if (offset != f.serverEnd()) giveUp(f, "log: service's end at " + offset + ", expected " + f.serverEnd());
        else f.serverFin(true);
    }

    @Override
    public void unprotected(int flow, String reason) {
        givenUp.clear(flow);
        FlowLedger f = open(flow);
        if (f != null) f.unprotect(reason);
    }

    @Override
    public void closed(int flow, int reason) {
        records++;
        givenUp.clear(flow);
        flows.close(flow);
    }

    @Override
    public void snapshotBegin() {
        clear();
    }

    @Override
    public void snapshotEnd() {
        complete = true;
    }

    @Override
    public void handover(long nextEpoch) {
        handoverEpoch = nextEpoch;
    }

    private void giveUp(FlowLedger f, String reason) {
        f.unprotect(reason);
        givenUp.set(f.opening().flow());
    }

    /** The connection that a record is about, or null if it is not known or given up already. */
    private @Nullable FlowLedger open(int id) {
        records++;
        FlowLedger f = flows.get(id);
        return f == null || f.unprotected() != null ? null : f;
    }

    private static String ended(boolean fin) {
        return fin ? ", after the end" : "";
    }
}
