package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.log.LogWriter;
import org.jspecify.annotations.Nullable;

/**
 * What is common to both streams of a connection: the log and its room, safe points, and giving up. A method that returns a boolean returns
 * false, with its step undone, if the log has no room for it: it is to be called again later. Not thread-safe.
 */
final class Commits {
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private final WrapPort wrap;
    private final Acknowledger acks;
    private final FollowStats stats;
    private @Nullable LogWriter log;
    private @Nullable LogRoom room;
    private boolean published;

    Commits(WrapPort wrap, Acknowledger acks, FollowStats stats) {
        this.wrap = wrap;
        this.acks = acks;
        this.stats = stats;
    }

    void attach(LogWriter newLog) {
        log = newLog;
        room = new LogRoom(newLog);
    }

    void detach() {
        log = null;
        room = null;
    }

    @Nullable
    LogWriter log() {
        return log;
    }

    /** Makes everything logged so far visible to the standby: it is committed from here on. */
    void publish() {
        if (log != null) published |= log.publish();
    }

    /** Whether anything was published since this was asked last. */
    boolean takePublished() {
        boolean was = published;
        published = false;
        return was;
    }

    /** Whether the log has room for one step of any connection. */
    boolean hasRoom() {
        return room == null || room.fits(0);
    }

    /** Whether the log has room for a step of this connection with so many bytes of a stream. */
    boolean hasRoom(Flow flow, int bytes) {
        return room == null || !flow.replicated || room.fits(bytes);
    }

    /** Most bytes of a stream in one step of this connection. */
    int piece(Flow flow) {
        return room == null || !flow.replicated ? NO_LIMIT : room.piece();
    }

    /** The log of this connection, or null if it has none (yet). */
    @Nullable
    LogWriter logOf(Flow flow) {
        return flow.replicated ? log : null;
    }

    /** Logs the opening of a connection that the gate does not know yet. */
    void opened(Flow flow) {
        if (log == null) return;
        must(log.opened(flow.opening));
        flow.announced = true;
        flow.replicated = true;
    }

    /** The connection is over: its memory is free, its id too. */
    void closed(Flow flow) {
        if (log != null && flow.announced) must(log.closed(flow.slot(), 0));
        flow.announced = false;
        flow.replicated = false;
        release(flow);
    }

    /** Gives the connection's memory back. */
    void release(Flow flow) {
        flow.ledger.release();
        if (flow.outOfOrder != null) flow.outOfOrder.clear();
        flow.outOfOrder = null;
    }

    /** Commits the session's newest safe point, if nothing that the client may still lack is lost by it. */
    boolean progress(Flow flow) {
        FlowLedger ledger = flow.ledger;
        AdapterSession session = flow.session;
        if (ledger.unprotected() != null) return true;
        String why = problem(session);
        if (why != null) return unprotect(flow, why);
        acks.touch(flow); // for what the session wants to see next
        long client = session.safeClientOffset();
        long server = session.safeServerOffset();
        flow.safePointPending = server != ledger.safeServer() || client != ledger.safeClient();
        if (!flow.safePointPending) return true;
        long lacked = ledger.server().coveredFrom(server);
        if (ledger.acked() < lacked) refreshAcked(flow);
        if (ledger.acked() < lacked) return true;
        if (!hasRoom(flow, 0)) return false;
        flow.safePointPending = false;
        stats.safePoints++;
        LogWriter to = logOf(flow);
        if (to != null) {
            must(to.acked(flow.slot(), ledger.acked()));
            must(to.safePoint(flow.slot(), client, server, session.safePrelude()));
        }
        ledger.safePoint(client, server, session.safePrelude());
        return true;
    }

    /** Lets both sides forget what lies before the safe point, once the client has all of it. */
    boolean forgetAcked(Flow flow) {
        FlowLedger ledger = flow.ledger;
        if (ledger.unprotected() != null || ledger.acked() >= ledger.safeServer()) return true;
        if (!hasRoom(flow, 0)) return false;
        refreshAcked(flow);
        LogWriter to = logOf(flow);
        if (to != null && ledger.acked() >= ledger.safeServer()) must(to.acked(flow.slot(), ledger.acked()));
        return true;
    }

    /** Gives the connection up; the gate opens when that is published. */
    boolean unprotect(Flow flow, String reason) {
        if (flow.ledger.unprotected() != null) return true;
        if (!hasRoom(flow, 0)) return false;
        stats.unprotected++;
        LogWriter to = logOf(flow);
        if (to != null) must(to.unprotected(flow.slot(), reason));
        release(flow);
        flow.ledger.unprotect(reason);
        acks.touch(flow);
        return true;
    }

    /** The client says that it has everything before {@code ack}. What can't be true is not believed: it would free what it lacks. */
    void acked(Flow flow, int ack) {
        FlowLedger ledger = flow.ledger;
        long offset = flow.serverOffset(ack);
        long end = ledger.serverEnd();
        if (offset <= end) ledger.acked(offset);
        else if (ledger.serverFin() && offset == end + 1) ledger.acked(end);
    }

    static void must(boolean written) {
        if (!written) throw new IllegalStateException("the log is full although its room was checked");
    }

    private void refreshAcked(Flow flow) {
        int ack = wrap.clientAck(flow.slot());
        if (ack != 0) acked(flow, ack);
    }

    private @Nullable String problem(AdapterSession session) {
        String why = session.unprotectable();
        if (why != null || room == null) return why;
        int prelude = session.safePrelude().length;
        return prelude <= room.prelude() ? null : "the prelude of " + prelude + " bytes is too long for the log";
    }
}
