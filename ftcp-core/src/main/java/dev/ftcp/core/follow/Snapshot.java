package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.SparseLog;
import dev.ftcp.core.log.LogWriter;
import java.nio.ByteBuffer;

/**
 * Brings a new standby up to date while traffic flows: one connection after the other is written as a whole from its ledger, and from
 * then on its increments follow in the log. A connection larger than the free room of the log is written in several steps; whatever it
 * gets meanwhile goes only to its ledger, so the last step has it too. If its safe point moves meanwhile, it begins anew. Not
 * thread-safe.
 */
final class Snapshot {
    private static final int PIECE = 16 * 1024;
    private static final int ROOM = 4 * PIECE;

    private final FlowTable table;
    private final LogWriter log;
    private final WrapPort wrap;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE);
    private boolean begun;
    private int next;
    private long clientDone = -1;
    private long safeAtStart;

    Snapshot(FlowTable table, LogWriter log, WrapPort wrap) {
        this.table = table;
        this.log = log;
        this.wrap = wrap;
    }

    /** Goes on while the log has room; true when every connection is in. */
    boolean advance(long now) {
        if (!begun) {
            if (!log.snapshotBegin()) return false;
            begun = true;
        }
        while (next < table.capacity()) {
            Flow flow = table.at(next);
            if (flow != null && !flow.closed() && !flow.replicated && !write(flow, now)) return false;
            clientDone = -1;
            next++;
        }
        return true;
    }

    private boolean write(Flow flow, long now) {
        FlowLedger ledger = flow.ledger;
        if (clientDone >= 0 && ledger.safeClient() != safeAtStart) clientDone = -1;
        if (clientDone < 0) {
            if (!hasRoom()) return false;
            head(flow, now);
        }
        while (ledger.unprotected() == null && clientDone < ledger.clientEnd()) {
            if (!hasRoom()) return false;
            piece.clear().limit((int) Math.min(PIECE, ledger.clientEnd() - clientDone));
            int n = ledger.client().copyTo(clientDone, piece);
            log.clientBytes(flow.slot(), clientDone, piece, 0, n);
            clientDone += n;
        }
        long tail = ledger.server().retained();
        if (log.ring().freeBytes() < 2 * tail + ROOM) return false;
        tail(flow);
        flow.replicated = true;
        wrap.open(flow.slot(), ledger.unprotected() != null);
        return true;
    }

    private void head(Flow flow, long now) {
        FlowLedger ledger = flow.ledger;
        log.opened(flow.opening.withFlow(flow.slot(), ledger.tsval(now)));
        log.acked(flow.slot(), ledger.acked());
        log.safePoint(flow.slot(), ledger.safeClient(), ledger.safeServer(), ledger.prelude());
        clientDone = ledger.safeClient();
        safeAtStart = ledger.safeClient();
    }

    private void tail(Flow flow) {
        FlowLedger ledger = flow.ledger;
        String why = ledger.unprotected();
        if (why != null) log.unprotected(flow.slot(), why);
        if (ledger.clientFin()) log.clientFin(flow.slot(), ledger.clientEnd());
        SparseLog server = ledger.server();
        server.forEach(server.start(), server.end(), new SparseLog.Visitor() {
            @Override
            public void onBytes(long offset, ByteBuffer bytes) {
                log.serverBytes(flow.slot(), offset, bytes, bytes.position(), bytes.remaining());
            }

            @Override
            public void onGap(long offset, long length) {
                log.serverAt(flow.slot(), offset + length, 0);
            }
        });
        if (ledger.serverFin()) log.serverFin(flow.slot(), ledger.serverEnd());
    }

    private boolean hasRoom() {
        return log.ring().freeBytes() >= ROOM;
    }
}
