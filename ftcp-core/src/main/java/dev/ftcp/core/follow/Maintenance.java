package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens to a connection between its segments: bytes that pass uncaptured are counted, safe points that waited for the client's
 * acknowledgement are taken, and what the client has acknowledged is forgotten. Not thread-safe.
 */
final class Maintenance {
    private final WrapPort wrap;
    private final FlowTable table;
    private final Commits commits;
    private final ServerStream server;
    private final Acknowledger acks;
    private final List<Flow> watched = new ArrayList<>();

    Maintenance(WrapPort wrap, FlowTable table, Commits commits, ServerStream server, Acknowledger acks) {
        this.wrap = wrap;
        this.table = table;
        this.commits = commits;
        this.server = server;
        this.acks = acks;
    }

    /** This connection may have something to be done later. */
    void watch(Flow flow) {
        if (flow.watched) return;
        flow.watched = true;
        watched.add(flow);
    }

    boolean hasPending() {
        return !watched.isEmpty();
    }

    void clear() {
        watched.clear();
    }

    /** Looks after every watched connection; those for which the log has no room stay watched. */
    void run() {
        int kept = 0;
        for (int i = 0; i < watched.size(); i++) {
            Flow flow = watched.get(i);
            if (needsMore(flow)) watched.set(kept++, flow);
            else flow.watched = false;
        }
        for (int i = watched.size() - 1; i >= kept; i--) watched.remove(i);
    }

    private boolean needsMore(Flow flow) {
        if (!table.isCurrent(flow) || flow.unguarded()) return false;
        boolean done = countUncaptured(flow) && commits.progress(flow) && commits.forgetAcked(flow);
        if (flow.unguarded()) return false;
        acks.kickHeld(flow);
        FlowLedger ledger = flow.ledger;
        return !done
                || flow.safePointPending
                || ledger.acked() < ledger.safeServer()
                || flow.session.wantServerFrom() > ledger.serverEnd();
    }

    /**
     * The last sequence number sent may be that of a FIN, whose record is still to come: then one byte less was sent. It can be
     * told only when what is wanted next lies beyond it.
     */
    private boolean countUncaptured(Flow flow) {
        if (flow.ledger.serverEnd() < flow.vouchedUntil) return true;
        long sent = flow.serverOffset(wrap.lastSeq(flow.slot()));
        long want = flow.session.wantServerFrom();
        return server.skipTo(flow, sent >= want ? want : sent - 1);
    }
}
