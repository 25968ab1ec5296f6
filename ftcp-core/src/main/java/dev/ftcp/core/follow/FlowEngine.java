package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.capture.CaptureHandler;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.core.tcp.SynFields;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows every connection of a service from what the wrap captured, and commits it.
 *
 * <p>A client's byte: the wrap captures its segment and lets it pass; {@link #onCapture} puts it in order, shows it to the adapter's
 * session, keeps it in the ledger and writes it to the log; {@link #endBatch} publishes the log and only then raises the
 * connection's {@code committed_ack}, which lets the kernel's acknowledgement leave (G1). If that acknowledgement was swallowed while it
 * waited, the engine sends it itself (the kick).
 *
 * <p>Without a log (no standby) everything is followed and kept all the same, so that a new standby can be brought up to date.
 * Driven by the core loop; not thread-safe.
 */
public final class FlowEngine implements CaptureHandler {
    /** Room that one captured segment may need in the log beside its bytes. */
    private static final int LOG_SLACK = 4096;

    /** The relay's word is already on its way when its bytes are captured: more than this is a missing word. */
    private static final long VOUCH_NANOS = 50_000_000L;

    private final FollowConfig config;
    private final WrapPort wrap;
    private final SynParser synParser;
    private final ChunkPool pool;
    private final FlowTable table;
    private final SynCache syns = new SynCache(4096);
    private final FollowStats stats = new FollowStats();
    private final StreamCommitter commits;
    private final Maintenance maintenance;
    private final List<Flow> dirty = new ArrayList<>();
    private @Nullable LogWriter log;
    private @Nullable Snapshot snapshot;
    private long nowNanos;
    private boolean published;

    public FlowEngine(FollowConfig config, WrapPort wrap, SynParser synParser, ChunkPool pool) {
        this.config = config;
        this.wrap = wrap;
        this.synParser = synParser;
        this.pool = pool;
        this.table = new FlowTable(config.connections());
        this.commits = new StreamCommitter(config, wrap, stats);
        this.maintenance = new Maintenance(config, wrap, table, commits, stats);
    }

    public FollowStats stats() {
        return stats;
    }

    /** Connections followed. */
    public int size() {
        return table.size();
    }

    /** Begins a batch: the time of everything until {@link #endBatch}. */
    public void beginBatch(long now) {
        nowNanos = now;
    }

    @Override
    public boolean onCapture(CaptureRecord r) {
        if (log != null && log.ring().freeBytes() < r.capturedLength() + LOG_SLACK) {
            stats.stalledOnLog++;
            return false; // the log is full: nothing is committed, so nothing is acknowledged, and TCP slows down
        }
        stats.records++;
        switch (r.kind()) {
            case CaptureRecord.SYN -> onSyn(r);
            case CaptureRecord.SYN_ACK -> onSynAck(r);
            case CaptureRecord.CLIENT -> onClient(r);
            case CaptureRecord.SERVER -> {
                return onServer(r);
            }
            case CaptureRecord.KILLED -> wrap.serviceKilled(r.key(), r.info());
            case CaptureRecord.GONE -> onGone(r);
            default -> {}
        }
        return true;
    }

    /**
     * Ends a batch: publishes what was logged, then lets go what waited for it.
     *
     * @param now time, not before the batch's
     */
    public void endBatch(long now) {
        publish();
        for (int i = 0; i < dirty.size(); i++) {
            Flow flow = dirty.get(i);
            flow.dirty = false;
            maintenance.letGo(flow, now);
        }
        dirty.clear();
        maintenance.kickDue(now);
    }

    /** What is not due to a segment: positions of uncaptured streams, late safe points, old slots. Every few milliseconds. */
    public void maintain(long now) {
        nowNanos = now;
        if (log != null && log.ring().freeBytes() < LOG_SLACK * 4L) return;
        maintenance.run(now);
        publish();
    }

    /** Whether something waits for a time, so that {@link #endBatch} and {@link #maintain} should be called soon. */
    public boolean hasPending() {
        return maintenance.hasPending();
    }

    /** A standby is there: everything goes to its log from now on, first the snapshot. */
    public void attach(LogWriter newLog) {
        log = newLog;
        commits.log(newLog);
        snapshot = new Snapshot(table, newLog, wrap);
    }

    /** The standby is gone: no connection is protected any more. */
    public void detach() {
        log = null;
        commits.log(null);
        snapshot = null;
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null) continue;
            flow.replicated = false;
            wrap.open(flow.slot(), true);
        }
    }

    /**
     * Goes on with the snapshot as far as the log has room.
     *
     * @return true once every live connection is in and clamped; everything captured before must then be drained once more before
     *     {@link #finishSnapshot}
     */
    public boolean snapshot(long now) {
        if (snapshot == null) return true;
        boolean done = snapshot.advance(now);
        publish();
        return done;
    }

    /**
     * Alone, bytes may have been acknowledged that a full capture ring had no room for, not even for a note of it. The client does not send
     * them again: a clamp would hold the connection for ever.
     */
    private void unprotectGaps() {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null || flow.closed() || flow.ledger.unprotected() != null) continue;
            if (Seq.after(wrap.sentAck(flow.slot()), flow.committedAck())) {
                commits.unprotect(flow, "client bytes passed uncaptured while the service ran alone");
            }
        }
    }

    /** Writes the end of the snapshot; false if the log is full. */
    public boolean finishSnapshot() {
        if (snapshot == null || log == null) return false;
        unprotectGaps();
        if (!log.snapshotEnd()) return false;
        publish();
        snapshot = null;
        return true;
    }

    /**
     * Follows a connection that was taken over: positions are those of its ledger, which now belongs to the engine.
     *
     * @param clientPosition what the client has of the service's stream; what lies between the ledger's end and this comes from
     *     {@link #vouch}
     * @return the flow's new id, which is its slot, or −1 if no slot is free
     */
    public int continueFlow(FlowLedger old, long clientPosition, long now) {
        int slot = table.takeSlot();
        if (slot < 0) return -1;
        int generation = table.nextGeneration(slot);
        Opening opening = old.opening().withFlow(slot, old.tsval(now));
        FlowLedger ledger = old.withOpening(opening, now);
        Flow flow = new Flow(opening, generation, ledger, SessionRebuild.toFollow(config, ledger));
        flow.vouchedUntil = clientPosition;
        if (ledger.clientFin()) flow.clientFinAt = ledger.clientEnd();
        table.put(flow);
        wrap.initSlot(slot, generation, opening, flow.committedAck(), commits.wantSeq(flow), true);
        wrap.bind(flow.key(), slot);
        return slot;
    }

    /** Bytes that the client has and the log lacks, as the relay's continuation regenerated them. */
    public void vouch(int slot, long offset, java.nio.ByteBuffer bytes) {
        Flow flow = table.at(slot);
        if (flow == null || flow.closed()) return;
        commits.server(flow, offset, bytes, bytes.position(), bytes.remaining(), bytes.remaining());
        touch(flow);
    }

    /** The relay could not continue this connection, or is done with it. */
    public void forget(int slot) {
        Flow flow = table.at(slot);
        if (flow != null) close(flow);
    }

    /** Forgets everything: another host owns the connections now. */
    public void clear() {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null) continue;
            flow.ledger.release();
            wrap.unbind(flow.key());
            table.remove(flow);
        }
        dirty.clear();
        maintenance.clear();
        log = null;
        commits.log(null);
        snapshot = null;
    }

    /** Shows every open connection's ledger. */
    public void forEach(Consumer<FlowLedger> visitor) {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow != null && !flow.closed()) visitor.accept(flow.ledger);
        }
    }

    /** Whether anything was published since this was asked last: only then may the consumer need waking. */
    public boolean takePublished() {
        boolean was = published;
        published = false;
        return was;
    }

    private void publish() {
        if (log != null) published |= log.publish();
    }

    private void onSyn(CaptureRecord r) {
        SynFields syn = synParser.parse(r.buffer(), r.payloadIndex(), r.capturedLength());
        if (syn != null) syns.put(syn);
    }

    private void onSynAck(CaptureRecord r) {
        SynFields synAck = synParser.parse(r.buffer(), r.payloadIndex(), r.capturedLength());
        if (synAck == null) return;
        Flow known = table.get(synAck.key());
        boolean again = known != null && !known.closed() && known.opening.serverIsn() == synAck.seq();
        if (!again && !open(synAck, known)) return;
        publish(); // committed before the client sees it (G3)
        wrap.release(r.buffer(), r.payloadIndex(), r.capturedLength());
    }

    /** Returns false if the connection can't be followed; then its SYN-ACK stays held and the client tries again. */
    private boolean open(SynFields synAck, @Nullable Flow earlier) {
        SynFields syn = syns.get(synAck.key());
        if (syn == null || syn.seq() + 1 != synAck.ack()) {
            stats.refusedOpen++;
            return false;
        }
        if (earlier != null) {
            close(earlier);
            reap(earlier);
        }
        int slot = table.takeSlot();
        if (slot < 0) {
            stats.refusedOpen++;
            return false;
        }
        syns.remove(synAck.key());
        int generation = table.nextGeneration(slot);
        Opening opening = Openings.of(slot, syn, synAck);
        FlowLedger ledger = new FlowLedger(opening, pool, config.retainPerFlow(), nowNanos);
        Flow flow = new Flow(
                opening, generation, ledger, config.adapter().open(SessionStart.fresh(config.deterministic())));
        table.put(flow);
        stats.opened++;
        flow.replicated = log != null && log.opened(opening);
        wrap.initSlot(slot, generation, opening, flow.committedAck(), commits.wantSeq(flow), log == null);
        wrap.bind(flow.key(), slot);
        return true;
    }

    private void onClient(CaptureRecord r) {
        Flow flow = flow(r);
        if (flow == null || flow.closed()) return;
        if (r.capturedLength() < r.payloadLength()) {
            commits.unprotect(flow, "client bytes passed uncaptured while the service ran alone");
            return;
        }
        if (r.has(CaptureRecord.ACK)) flow.ledger.acked(flow.serverOffset(r.ack()));
        long offset = flow.clientOffset(r.seq());
        if (r.has(CaptureRecord.FIN)) flow.clientFinAt = offset + r.payloadLength();
        commits.client(flow, offset, r.buffer(), r.payloadIndex(), r.capturedLength());
        touch(flow);
    }

    private boolean onServer(CaptureRecord r) {
        Flow flow = flow(r);
        if (flow == null || flow.closed()) return true;
        long offset = flow.serverOffset(r.seq());
        if (offset > flow.ledger.serverEnd() && awaitsVouching(flow)) return false;
        commits.server(flow, offset, r.buffer(), r.payloadIndex(), r.capturedLength(), r.payloadLength());
        if (r.has(CaptureRecord.FIN)) commits.serverFin(flow, offset + r.payloadLength());
        touch(flow);
        return true;
    }

    /** Whether the relay still has to say what the client has beyond the log; it does so before it sends anything that follows. */
    private boolean awaitsVouching(Flow flow) {
        if (flow.ledger.serverEnd() >= flow.vouchedUntil) return false;
        if (flow.vouchDeadlineNanos == 0) flow.vouchDeadlineNanos = nowNanos + VOUCH_NANOS;
        if (nowNanos < flow.vouchDeadlineNanos) return true;
        flow.vouchedUntil = 0;
        commits.unprotect(
                flow, "the client was ahead of the log at a takeover, and the adapter could not fill the gap");
        return false;
    }

    private void onGone(CaptureRecord r) {
        Flow flow = flow(r);
        if (flow != null && !flow.closed()) close(flow);
    }

    private @Nullable Flow flow(CaptureRecord r) {
        if (r.slot() == CaptureRecord.NO_SLOT) {
            FlowKey key = r.key();
            return table.get(key);
        }
        return table.get(r.slot(), r.generation());
    }

    private void touch(Flow flow) {
        maintenance.watch(flow);
        if (flow.dirty) return;
        flow.dirty = true;
        dirty.add(flow);
    }

    private void close(Flow flow) {
        if (flow.closed()) return;
        stats.closed++;
        commits.closed(flow);
        flow.ledger.release();
        wrap.wantNothing(flow.slot());
        maintenance.reapLater(flow, nowNanos + config.reapNanos());
    }

    private void reap(Flow flow) {
        wrap.unbind(flow.key());
        table.remove(flow);
        maintenance.reaped(flow);
    }
}
