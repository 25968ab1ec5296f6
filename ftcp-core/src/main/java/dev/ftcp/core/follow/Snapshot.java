package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.SparseLog;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.tcp.Seq;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a new standby up to date while traffic flows: one connection after the other is written as a whole from its ledger, and from
 * then on its increments follow in the log. A connection larger than the free room of the log is written in several steps; whatever it
 * gets meanwhile goes only to its ledger, so the last step has it too. If its safe point moves meanwhile, it begins anew. Steps are small
 * even if the log has much room: what the wrap captures meanwhile waits, and while the owner is alone, what finds no room passes
 * uncaptured. Not thread-safe.
 *
 * <pre>
 *   OPENED  ACKED  SAFE_POINT   client bytes, server bytes and gaps   FINs  ACKED  | increments
 *   |------- first step -------|----------- as many as needed -------|- last step -|
 * </pre>
 */
final class Snapshot {
    /** Most bytes of streams in one step: about a millisecond. */
    private static final int STEP_BYTES = 1 << 20;

    private final FlowTable table;
    private final LogWriter log;
    private final LogRoom room;
    private final WrapPort wrap;
    private final Commits commits;
    private final ByteBuffer piece;
    private final ArrayDeque<Flow> todo = new ArrayDeque<>();
    private final List<Flow> written = new ArrayList<>();
    private int verified;
    private int left;

    /** The connection that is partly written, and how far. */
    private @Nullable Flow partly;

    private long clientDone;
    private long serverDone;
    private long safeClientAtStart;
    private long safeServerAtStart;

    private Snapshot(FlowTable table, LogWriter log, WrapPort wrap, Commits commits) {
        this.table = table;
        this.log = log;
        this.room = new LogRoom(log);
        this.wrap = wrap;
        this.commits = commits;
        this.piece = ByteBuffer.allocate(room.piece());
    }

    /** Begins a snapshot of all connections; the log is empty, so that it has room for that. */
    static Snapshot begin(FlowTable table, LogWriter log, WrapPort wrap, Commits commits) {
        Snapshot snapshot = new Snapshot(table, log, wrap, commits);
        // Before any opening: the standby forgets at this record what it has.
        Commits.must(log.snapshotBegin());
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null) continue;
            flow.replicated = false;
            flow.announced = false;
            if (!flow.closed) snapshot.add(flow);
        }
        return snapshot;
    }

    /** For connections that come to a log whose snapshot is complete. */
    static Snapshot late(FlowTable table, LogWriter log, WrapPort wrap, Commits commits) {
        return new Snapshot(table, log, wrap, commits);
    }

    /** A connection that came while the log was there, but is not in it yet. */
    void add(Flow flow) {
        todo.add(flow);
    }

    /** One step, as far as the log has room; true when every connection is in. */
    boolean advance(long now) {
        left = STEP_BYTES;
        for (Flow flow = todo.peek(); flow != null; flow = todo.peek()) {
            if (isLive(flow) && !write(flow, now)) return false;
            todo.remove();
            partly = null;
        }
        return true;
    }

    /**
     * Looks for connections that lost client bytes while nothing was clamped and the capture overran: more was acknowledged than was ever
     * captured. True when all have been looked at. Everything that was captured before they were clamped must have been handled.
     */
    boolean verify() {
        for (; verified < written.size(); verified++) {
            Flow flow = written.get(verified);
            if (!isLive(flow) || !Seq.after(wrap.sentAck(flow.slot()), flow.committedAck())) continue;
            if (!commits.unprotect(flow, "client bytes passed uncaptured while the service ran alone")) return false;
        }
        return true;
    }

    private boolean isLive(Flow flow) {
        return table.isCurrent(flow) && !flow.closed;
    }

    private boolean write(Flow flow, long now) {
        FlowLedger ledger = flow.ledger;
        boolean moved = ledger.safeClient() != safeClientAtStart || ledger.safeServer() != safeServerAtStart;
        if (partly != flow || moved) {
            if (!room.fits(0)) return false;
            head(flow, now);
        }
        if (ledger.unprotected() == null && !(client(flow) && server(flow))) return false;
        if (!room.fits(0)) return false;
        tail(flow);
        return true;
    }

    private void head(Flow flow, long now) {
        FlowLedger ledger = flow.ledger;
        if (ledger.prelude().length > room.prelude()) {
            commits.unprotect(flow, "the prelude of " + ledger.prelude().length + " bytes is too long for the log");
        }
        byte[] prelude = ledger.unprotected() == null ? ledger.prelude() : new byte[0];
        Commits.must(log.opened(flow.opening.withFlow(flow.slot(), ledger.tsval(now))));
        Commits.must(log.acked(flow.slot(), ledger.acked()));
        Commits.must(log.safePoint(flow.slot(), ledger.safeClient(), ledger.safeServer(), prelude));
        flow.announced = true;
        partly = flow;
        safeClientAtStart = ledger.safeClient();
        safeServerAtStart = ledger.safeServer();
        clientDone = safeClientAtStart;
        serverDone = Math.min(ledger.acked(), safeServerAtStart);
    }

    private boolean client(Flow flow) {
        FlowLedger ledger = flow.ledger;
        while (clientDone < ledger.clientEnd()) {
            if (left <= 0 || !room.fits(room.piece())) return false;
            int n = ledger.client().copyTo(clientDone, piece.clear());
            Commits.must(log.clientBytes(flow.slot(), clientDone, piece, 0, n));
            clientDone += n;
            left -= n;
        }
        return true;
    }

    private boolean server(Flow flow) {
        SparseLog server = flow.ledger.server();
        while (serverDone < server.end()) {
            if (left <= 0 || !room.fits(room.piece())) return false;
            int n = server.copyTo(serverDone, piece.clear());
            if (n > 0) {
                Commits.must(log.serverBytes(flow.slot(), serverDone, piece, 0, n));
                serverDone += n;
                left -= n;
            } else {
                // A gap; or what the client acknowledged meanwhile is forgotten, and so it is there with the last step.
                serverDone = server.runEnd(serverDone);
                Commits.must(log.serverAt(flow.slot(), serverDone, 0));
            }
        }
        return true;
    }

    private void tail(Flow flow) {
        FlowLedger ledger = flow.ledger;
        int slot = flow.slot();
        String why = ledger.unprotected();
        if (why != null) {
            Commits.must(log.unprotected(slot, why));
        } else {
            if (ledger.clientFin()) Commits.must(log.clientFin(slot, ledger.clientEnd()));
            if (ledger.serverFin()) Commits.must(log.serverFin(slot, ledger.serverEnd()));
            Commits.must(log.acked(slot, ledger.acked()));
        }
        flow.replicated = true;
        written.add(flow);
        wrap.open(slot, why != null);
    }
}
