package dev.ftcp.core.follow;

import dev.ftcp.core.capture.CaptureHandler;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Follows every connection of a service from what the wrap captured, and commits it.
 *
 * <p>A client's byte: the wrap captures its segment and lets it pass; {@link #onCapture} puts it in order, shows it to the adapter's
 * session, keeps it in the ledger and writes it to the log; {@link #endBatch} publishes the log and only then raises the
 * connection's {@code committed_ack}, which lets the kernel's acknowledgement leave (G1). If that acknowledgement was swallowed while it
 * waited, the engine sends it itself (the kick). A frame of the service that the gate swallowed, a SYN-ACK or strict output, goes the
 * same way: logged, published, sent on (G2, G3).
 *
 * <p>Without a log (no standby) everything is followed all the same, so that a new standby can be brought up to date. Not thread-safe.
 */
public final class FlowEngine implements CaptureHandler {
    private final WrapPort wrap;
    private final FollowStats stats = new FollowStats();
    private final FlowTable table;
    private final Acknowledger acks;
    private final Commits commits;
    private final Segments segments;
    private final Maintenance maintenance;
    private final Connections connections;
    private final Handshakes handshakes;
    private final Relayed relayed;
    private final Publisher publisher;
    private final Interrupted interrupted;
    private final Syncing syncing;
    private boolean stalled;
    private long nowNanos;

    /**
     * An engine without connections and without a log.
     *
     * @param pool memory of the ledgers, used by this engine's thread
     */
    public FlowEngine(FollowConfig config, WrapPort wrap, SynParser synParser, ChunkPool pool) {
        this.wrap = wrap;
        table = new FlowTable(config.connections());
        acks = new Acknowledger(config, wrap, table, stats);
        commits = new Commits(wrap, acks, stats);
        publisher = new Publisher(wrap, commits, acks);
        syncing = new Syncing(table, wrap, commits);
        ServerStream server = new ServerStream(commits, stats);
        maintenance = new Maintenance(wrap, table, commits, server, acks);
        connections = new Connections(config, wrap, table, commits, acks, stats);
        handshakes = new Handshakes(config, synParser, pool, table, connections, commits, stats);
        relayed = new Relayed(config, wrap, table, connections, server, commits, acks, maintenance);
        ClientStream client = new ClientStream(config, commits, stats);
        segments = new Segments(wrap, table, acks, maintenance, commits, client, server, relayed, stats);
        interrupted = new Interrupted(table, wrap, commits);
    }

    /** Counters; the object stays the same. */
    public FollowStats stats() {
        return stats;
    }

    /** Connections followed, including those that ended less than a second ago. */
    public int size() {
        return table.size();
    }

    /** Begins a batch: the time of everything until {@link #endBatch}. */
    public void beginBatch(long now) {
        nowNanos = now;
        stalled = false;
        publisher.drop(); // there is nothing, unless the last batch ended with an exception
        relayed.settle(now);
    }

    /**
     * Whether the last batch ended at a record that has to wait, for room in the log or for the relay's word: then what was captured is
     * not drained, however few records there were.
     */
    public boolean stalled() {
        return stalled;
    }

    @Override
    public boolean onCapture(CaptureRecord r) {
        boolean done = switch (r.kind()) {
            case CaptureRecord.CLIENT -> segments.client(r);
            case CaptureRecord.SERVER -> segments.server(r, nowNanos);
            default -> commits.hasRoom() && onControl(r);
        };
        if (done) {
            if (r.kind() == CaptureRecord.SERVER) publisher.hold(r, nowNanos);
            stats.records++;
            return true;
        }
        // Nothing more is committed, so nothing more is acknowledged, and TCP slows down.
        stalled = true;
        if (r.kind() != CaptureRecord.SERVER || !segments.awaitsWord()) stats.stalledOnLog++;
        return false;
    }

    @Override
    public void beforeReuse() {
        if (publisher.holding()) publisher.publish(nowNanos);
    }

    /** Ends a batch: publishes what was logged, then lets go what waited for it. */
    public void endBatch(long now) {
        publisher.publish(now);
    }

    /** What is not due to a segment: positions of uncaptured streams, late safe points, old slots. Every few milliseconds. */
    public void maintain(long now) {
        nowNanos = now;
        relayed.settle(now);
        maintenance.run();
        connections.run(now);
        syncing.maintain(now);
        publisher.publish(now);
    }

    /** Whether something waits for a time, so that {@link #endBatch} and {@link #maintain} should be called soon. */
    public boolean hasPending() {
        return acks.hasPending() || maintenance.hasPending();
    }

    /**
     * A standby is there: everything goes to its log from now on, first the snapshot.
     *
     * @param newLog with an empty lane
     */
    public void attach(LogWriter newLog) {
        commits.attach(newLog);
        syncing.begin(newLog);
    }

    /** The standby is gone: no connection is protected any more. */
    public void detach() {
        commits.detach();
        syncing.drop();
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null) continue;
            flow.replicated = false;
            flow.announced = false;
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
        boolean done = syncing.advance(now);
        publisher.publish(now);
        return done;
    }

    /**
     * Writes the end of the snapshot, if no connection turns out to be incomplete or to be missing; false if the log has no room, or
     * {@link #snapshot} is to go on: then this is to be called again.
     */
    public boolean finishSnapshot() {
        boolean done = syncing.finish(nowNanos);
        publisher.publish(nowNanos);
        return done;
    }

    /**
     * Writes as the last record that the standby may own the address with epoch {@code next}; false if the log has no room: then this is to
     * be called again. The gate is closed, and everything that was captured before is handled.
     */
    public boolean handOver(long next, long now) {
        LogWriter log = commits.log();
        maintain(now); // safe points that wait for room make the replay shorter
        boolean done = log != null && log.handover(next);
        publisher.publish(now);
        return done;
    }

    /**
     * Some ends of sockets were not captured: a connection that was open and has no socket is over; false if the log has no room, and this is to be called again.
     *
     * @param opened what has a socket now that all is handled that was captured, those aside that are only being opened
     */
    public boolean reconcile(Set<FlowKey> opened, long now) {
        boolean done = connections.reconcile(opened, now);
        publisher.publish(now);
        return done;
    }

    /** Connections that lost the service's socket; the object stays the same. */
    public Interrupted interrupted() {
        return interrupted;
    }

    /**
     * Follows a connection that was taken over, or was {@link #interrupted}: positions are those of its ledger, which now belongs to the engine.
     *
     * @param clientPosition what the client has of the service's stream; what lies between the ledger's end and this comes from
     *     {@link #vouch}
     * @return the flow's new id, which is its slot, or −1 if no slot is free, or the log has no room: see {@link #hasRoom}
     */
    public int continueFlow(FlowLedger old, long clientPosition, long now) {
        if (!commits.hasRoom()) return -1;
        Flow here = interrupted.of(old);
        Flow flow = here == null ? relayed.begin(old, clientPosition, now) : relayed.again(here, clientPosition, now);
        if (flow == null) return -1;
        if (!flow.replicated) syncing.add(flow);
        return flow.slot();
    }

    /** The socket of a continued connection is complete: what its client says comes in from now on. */
    public void hears(int slot) {
        wrap.deaf(slot, false);
    }

    /** Whether the log has room for whatever comes next, as it always has without a standby. */
    public boolean hasRoom() {
        return commits.hasRoom();
    }

    /** Nobody can continue this connection: its ledger's memory is free. */
    public void drop(FlowLedger ledger) {
        Flow here = interrupted.of(ledger);
        if (here == null) ledger.release();
        else connections.close(here, nowNanos);
    }

    /**
     * Bytes that the client has and the log lacks, as the relay's continuation regenerated them.
     *
     * @param bytes position to limit; they belong to the engine now, which may take them later
     */
    public void vouch(int slot, long offset, ByteBuffer bytes) {
        relayed.say(slot, offset, bytes, nowNanos);
    }

    /** All words of the relay ({@link #vouch}, {@link #forget}) have been given that were said before the record was captured at which the last batch ended. */
    public void wordsTaken() {
        relayed.taken();
    }

    /** The relay could not continue this connection, or is done with it. */
    public void forget(int slot) {
        relayed.say(slot, 0, null, nowNanos);
    }

    /** Forgets everything: another host owns the connections now. */
    public void clear() {
        publisher.drop();
        connections.clear();
        acks.clear();
        maintenance.clear();
        relayed.clear();
        commits.detach();
        syncing.drop();
    }

    /** Shows every open connection's ledger. */
    public void forEach(Consumer<FlowLedger> visitor) {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow != null && !flow.closed) visitor.accept(flow.ledger);
        }
    }

    /** Whether anything was published since this was asked last: only then may the consumer need waking. */
    public boolean takePublished() {
        return commits.takePublished();
    }

    private boolean onControl(CaptureRecord r) {
        switch (r.kind()) {
            case CaptureRecord.SYN -> handshakes.onSyn(r);
            case CaptureRecord.SYN_ACK -> {
                if (handshakes.onSynAck(r, nowNanos)) publisher.hold(r, nowNanos);
            }
            case CaptureRecord.KILLED -> {
                Flow flow = table.find(r);
                if (flow != null) flow.killed = true;
                wrap.serviceKilled(r.key(), r.info());
            }
            case CaptureRecord.ESTABLISHED -> connections.established(table.find(r));
            case CaptureRecord.GONE -> connections.gone(table.find(r), nowNanos);
            default -> {}
        }
        return true;
    }
}
