package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.core.tcp.SynFields;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: remembers a client's SYN, and logs the opening when the service's SYN-ACK was held back, which leaves when that is
 * published (G3). The caller has made sure that the log has room. Not thread-safe.
 */
final class Handshakes {
    private static final int SYNS = 4096;

    private final FollowConfig config;
    private final SynParser parser;
    private final ChunkPool pool;
    private final FlowTable table;
    private final Connections connections;
    private final Commits commits;
    private final FollowStats stats;
    private final SynCache syns = new SynCache(SYNS);

    Handshakes(
            FollowConfig config,
            SynParser parser,
            ChunkPool pool,
            FlowTable table,
            Connections connections,
            Commits commits,
            FollowStats stats) {
        this.config = config;
        this.parser = parser;
        this.pool = pool;
        this.table = table;
        this.connections = connections;
        this.commits = commits;
        this.stats = stats;
    }

    void onSyn(CaptureRecord r) {
        SynFields syn = parse(r);
        if (syn != null) syns.put(syn);
    }

    /** Returns whether it may leave once everything so far is published. */
    boolean onSynAck(CaptureRecord r, long now) {
        SynFields synAck = parse(r);
        return synAck != null && (isKnown(synAck, now) || open(synAck, now));
    }

    private @Nullable SynFields parse(CaptureRecord r) {
        return parser.parse(r.buffer(), r.capturedIndex(), r.capturedLength());
    }

    /** Whether it is one that was sent before. */
    private boolean isKnown(SynFields synAck, long now) {
        Flow flow = table.get(synAck.key());
        if (flow == null
                || flow.closed
                || flow.opening.serverIsn() != synAck.seq()
                || flow.opening.clientIsn() + 1 != synAck.ack()) return false;
        flow.synAckNanos = now;
        return true;
    }

    /** Returns false if the connection can't be followed; then its SYN-ACK stays held and the service tries again. */
    private boolean open(SynFields synAck, long now) {
        SynFields syn = syns.get(synAck.key());
        if (syn == null || syn.seq() + 1 != synAck.ack()) {
            stats.refusedOpen++;
            return false;
        }
        connections.evict(synAck.key(), now);
        int slot = connections.takeSlot(now);
        if (slot < 0) {
            stats.refusedOpen++;
            return false;
        }
        syns.remove(synAck.key());
        Opening opening = Openings.of(slot, syn, synAck);
        FlowLedger ledger = new FlowLedger(opening, pool, config.retainPerFlow(), now);
        Flow flow = connections.add(ledger, config.adapter().open(SessionStart.fresh(config.deterministic())));
        stats.opened++;
        flow.synAckNanos = now;
        commits.opened(flow);
        connections.bind(flow, Seq.at(opening.serverIsn(), 0), !flow.replicated);
        return true;
    }
}
