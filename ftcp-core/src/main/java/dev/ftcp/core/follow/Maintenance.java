package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.Seq;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens to a connection between its segments: acknowledgements are let go or sent (the kick), streams that pass uncaptured are
 * counted, safe points that waited for the client's acknowledgement are taken, slots of closed connections are freed. Not thread-safe.
 */
final class Maintenance {
    private final FollowConfig config;
    private final WrapPort wrap;
    private final FlowTable table;
    private final StreamCommitter commits;
    private final FollowStats stats;
    private final ArrayDeque<Flow> kicks = new ArrayDeque<>();
    private final ArrayDeque<Flow> reaps = new ArrayDeque<>();
    private final List<Flow> watched = new ArrayList<>();

    Maintenance(FollowConfig config, WrapPort wrap, FlowTable table, StreamCommitter commits, FollowStats stats) {
        this.config = config;
        this.wrap = wrap;
        this.table = table;
        this.commits = commits;
        this.stats = stats;
    }

    /**
     * Raises what the kernel may acknowledge to what is committed, and looks whether that came too late. A swallowed pure
     * acknowledgement is sent at once, since the kernel thinks that it is out; one that only went out lower on a data segment may wait
     * for the next segment.
     */
    void letGo(Flow flow, long now) {
        int slot = flow.slot();
        int committed = flow.committedAck();
        wrap.commitAck(slot, committed);
        int held = wrap.held(slot);
        if (held != flow.heldSeen) {
            flow.heldSeen = held;
            kick(flow, committed);
        } else if (!flow.kickPending && Seq.after(Seq.min(committed, wrap.maxAck(slot)), wrap.sentAck(slot))) {
            flow.kickPending = true;
            flow.kickDueNanos = now + config.kickNanos();
            kicks.add(flow);
        }
    }

    /** Sends the acknowledgements that nothing else has carried. */
    void kickDue(long now) {
        while (!kicks.isEmpty() && kicks.peek().kickDueNanos - now <= 0) {
            Flow flow = kicks.remove();
            flow.kickPending = false;
            if (table.at(flow.slot()) == flow) kick(flow, flow.committedAck());
        }
    }

    /** This connection may have something to be done later. */
    void watch(Flow flow) {
        if (flow.following) return;
        flow.following = true;
        watched.add(flow);
    }

    void reapLater(Flow flow, long at) {
        flow.reapNanos = at == 0 ? 1 : at;
        reaps.add(flow);
    }

    void reaped(Flow flow) {
        reaps.remove(flow);
    }

    void clear() {
        kicks.clear();
        reaps.clear();
        watched.clear();
    }

    boolean hasPending() {
        return !kicks.isEmpty() || !watched.isEmpty();
    }

    void run(long now) {
        int kept = 0;
        for (int i = 0; i < watched.size(); i++) {
            Flow flow = watched.get(i);
            if (needsMore(flow)) watched.set(kept++, flow);
            else flow.following = false;
        }
        watched.subList(kept, watched.size()).clear();
        while (!reaps.isEmpty() && reaps.peek().reapNanos - now <= 0) {
            Flow flow = reaps.remove();
            wrap.unbind(flow.key());
            table.remove(flow);
        }
    }

    private boolean needsMore(Flow flow) {
        if (table.at(flow.slot()) != flow || flow.closed() || flow.ledger.unprotected() != null) return false;
        letUncapturedBytesCount(flow);
        commits.progress(flow);
        int held = wrap.held(flow.slot());
        if (held != flow.heldSeen) {
            flow.heldSeen = held;
            kick(flow, flow.committedAck());
        }
        return flow.safePointPending || flow.session.wantServerFrom() > flow.ledger.serverEnd();
    }

    private void letUncapturedBytesCount(Flow flow) {
        long sent = flow.serverOffset(wrap.lastSeq(flow.slot()));
        long unwanted = Math.min(sent, flow.session.wantServerFrom());
        if (flow.ledger.serverEnd() >= flow.vouchedUntil) commits.skipServer(flow, unwanted);
    }

    private void kick(Flow flow, int committed) {
        int ack = Seq.min(committed, wrap.maxAck(flow.slot()));
        if (!Seq.after(ack, wrap.sentAck(flow.slot()))) return;
        stats.kicks++;
        wrap.kick(flow.slot(), flow.opening, ack);
    }
}
