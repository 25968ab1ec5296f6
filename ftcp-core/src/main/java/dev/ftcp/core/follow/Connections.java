package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import java.util.ArrayDeque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Begins and ends connections: their slots, and how long a slot is kept after the end. The caller has made sure that the log has room. Not
 * thread-safe.
 */
final class Connections {
    /** A socket that its killed owner took along is somebody's to continue; if nobody does for so long, it is over. */
    private static final long LOST_NANOS = 120_000_000_000L;

    private final FollowConfig config;
    private final WrapPort wrap;
    private final FlowTable table;
    private final Commits commits;
    private final Acknowledger acks;
    private final FollowStats stats;
    private final HalfOpen halfOpen;
    // In the order of their times, each for itself. A flow that is no longer current in the table is passed over.
    private final ArrayDeque<Flow> closed = new ArrayDeque<>();
    private final ArrayDeque<Flow> lost = new ArrayDeque<>();

    Connections(
            FollowConfig config,
            WrapPort wrap,
            FlowTable table,
            Commits commits,
            Acknowledger acks,
            FollowStats stats) {
        this.config = config;
        this.wrap = wrap;
        this.table = table;
        this.commits = commits;
        this.acks = acks;
        this.stats = stats;
        halfOpen = new HalfOpen(table, wrap);
    }

    /**
     * A slot for a new connection, if need be the one of the connection that is closed longest, or of one whose client does not answer;
     * −1 if all are in use.
     */
    int takeSlot(long now) {
        int slot = table.takeSlot();
        while (slot < 0 && !closed.isEmpty()) {
            reap(closed.remove());
            slot = table.takeSlot();
        }
        Flow silent = slot < 0 ? halfOpen.overdue(now) : null;
        if (silent == null) return slot;
        evict(silent.key(), now);
        return table.takeSlot();
    }

    /** Makes the connection of a ledger known to the table; the gate does not know it before {@link #bind}. */
    Flow add(FlowLedger ledger, AdapterSession session) {
        int slot = ledger.opening().flow();
        Flow flow = new Flow(ledger.opening(), table.nextGeneration(slot), ledger, session);
        table.put(flow);
        return flow;
    }

    /** The connection of the same ledger in a new socket of this host; the gate has forgotten it until {@link #bind}. */
    Flow replace(Flow was, AdapterSession session) {
        if (was.outOfOrder != null) was.outOfOrder.clear();
        wrap.unbind(was.key());
        Flow flow = add(was.ledger, session);
        flow.replicated = was.replicated;
        flow.announced = was.announced;
        return flow;
    }

    /**
     * Lets the gate find the connection.
     *
     * @param nextSeq after the last byte that the client may have got from the service
     * @param open whether its acknowledgements pass
     */
    void bind(Flow flow, int nextSeq, boolean open) {
        bind(flow, nextSeq, open, false);
    }

    /** The same, of a connection whose socket is still to be made: nothing of its client comes in before {@link FlowEngine#hears}. */
    void bindDeaf(Flow flow, int nextSeq, boolean open) {
        bind(flow, nextSeq, open, true);
    }

    private void bind(Flow flow, int nextSeq, boolean open, boolean deaf) {
        int slot = flow.slot();
        wrap.initSlot(slot, flow.generation, flow.opening, flow.committedAck(), nextSeq, flow.wantSeq(), open);
        if (deaf) wrap.deaf(slot, true);
        wrap.bind(flow.key(), slot);
    }

    /** Frees the 4-tuple for a new connection. */
    void evict(FlowKey key, long now) {
        Flow earlier = table.get(key);
        if (earlier == null) return;
        close(earlier, now);
        reap(earlier);
    }

    /** The service's socket is open; null if nobody follows it. */
    void established(@Nullable Flow flow) {
        if (flow != null) flow.established = true;
    }

    /** The connection is over; its slot stays for a while, for its last acknowledgements. */
    void close(Flow flow, long now) {
        if (flow.closed) return;
        stats.closed++;
        commits.closed(flow);
        flow.closed = true;
        flow.endNanos = now + config.reapNanos();
        closed.add(flow);
        acks.touch(flow);
    }

    /** The kernel's socket is gone; null if nobody follows it. */
    void gone(@Nullable Flow flow, long now) {
        if (flow == null) return;
        int how = flow.killed ? 0 : wrap.killedBy(flow.slot());
        if (how != 0) { // there was no room for the record of it
            flow.killed = true;
            wrap.serviceKilled(flow.key(), how);
        }
        if (!flow.killed) {
            close(flow, now);
        } else if (!flow.lost) {
            flow.lost = true;
            flow.endNanos = now + LOST_NANOS;
            lost.add(flow);
        }
    }

    /** See {@link FlowEngine#reconcile}. */
    boolean reconcile(Set<FlowKey> opened, long now) {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null || flow.closed) continue;
            if (opened.contains(flow.key())) {
                flow.established = true;
                continue;
            }
            // A SYN cookie leaves nothing in the kernel, so one that never opened may still do so.
            if (!flow.established && flow.ledger.fresh()) continue;
            if (!commits.hasRoom()) return false;
            gone(flow, now);
        }
        return true;
    }

    /** Ends what is due; as far as the log has room. */
    void run(long now) {
        while (!closed.isEmpty() && closed.peek().endNanos - now <= 0) reap(closed.remove());
        while (!lost.isEmpty() && lost.peek().endNanos - now <= 0 && commits.hasRoom()) {
            Flow flow = lost.remove();
            if (table.isCurrent(flow)) close(flow, now);
        }
        Flow forgotten = commits.hasRoom() ? halfOpen.forgotten(now) : null;
        if (forgotten != null) close(forgotten, now);
    }

    /** Forgets all connections at once; nothing is logged. */
    void clear() {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null) continue;
            commits.release(flow);
            wrap.unbind(flow.key());
            table.remove(flow);
        }
        closed.clear();
        lost.clear();
    }

    /** The connection with this id, if the kernel still has its socket. */
    @Nullable
    Flow open(int slot) {
        Flow flow = slot < 0 || slot >= table.capacity() ? null : table.at(slot);
        return flow == null || flow.closed ? null : flow;
    }

    private void reap(Flow flow) {
        if (!table.isCurrent(flow)) return;
        wrap.unbind(flow.key());
        table.remove(flow);
    }
}
