package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.Seq;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What may leave once it is published: raises {@code committed_ack} of the connections that were touched and lets pass what needs no capture
 * any more, opens the gate of those that are given up or over, and sends the acknowledgements that were held back (the kick). Nothing here may run between a commit and its
 * {@link dev.ftcp.core.log.LogWriter#publish}. Not thread-safe.
 */
final class Acknowledger {
    private final FollowConfig config;
    private final WrapPort wrap;
    private final FlowTable table;
    private final FollowStats stats;
    private final List<Flow> touched = new ArrayList<>();
    private final ArrayDeque<Flow> kicks = new ArrayDeque<>();

    Acknowledger(FollowConfig config, WrapPort wrap, FlowTable table, FollowStats stats) {
        this.config = config;
        this.wrap = wrap;
        this.table = table;
        this.stats = stats;
    }

    /** Something of this connection was committed, or its protection changed. */
    void touch(Flow flow) {
        if (flow.touched) return;
        flow.touched = true;
        touched.add(flow);
    }

    /** The first thing to be called after everything was published. */
    void commit() {
        for (int i = 0; i < touched.size(); i++) {
            Flow flow = touched.get(i);
            // The slot may have another user already, whose words must not move.
            if (table.isCurrent(flow) && !flow.unguarded()) wrap.commitAck(flow.slot(), flow.committedAck());
        }
    }

    /** To be called after {@link #commit}, and after the frames that were held have left. */
    void published(long now) {
        for (int i = 0; i < touched.size(); i++) {
            Flow flow = touched.get(i);
            flow.touched = false;
            if (table.isCurrent(flow)) letGo(flow, now);
        }
        touched.clear();
        kickDue(now);
    }

    boolean hasPending() {
        return !kicks.isEmpty();
    }

    void clear() {
        touched.clear();
        kicks.clear();
    }

    private void letGo(Flow flow, long now) {
        if (flow.unguarded()) {
            wrap.giveUp(flow.slot());
            kick(flow);
            return;
        }
        wrap.want(flow.slot(), flow.wantSeq());
        wrap.owes(flow.slot(), flow.owedSeq());
        kickHeld(flow);
        if (!flow.kickPending && !flow.ackOwed && Seq.after(due(flow), wrap.sentAck(flow.slot()))) {
            flow.kickPending = true;
            flow.kickDueNanos = now + config.kickNanos();
            kicks.add(flow);
        }
    }

    /**
     * A pure acknowledgement that was swallowed is sent at once, since the kernel thinks that it is out; one that only went out lower on a
     * data segment may wait for the next segment.
     */
    void kickHeld(Flow flow) {
        int held = wrap.held(flow.slot());
        if (held != flow.heldSeen) {
            flow.heldSeen = held;
            flow.ackOwed = true;
        }
        if (!flow.ackOwed) return;
        // Owed until all that the kernel meant to acknowledge is committed, which may take more than one batch.
        flow.ackOwed = Seq.after(wrap.maxAck(flow.slot()), flow.committedAck());
        kick(flow);
    }

    private void kickDue(long now) {
        while (!kicks.isEmpty() && kicks.peek().kickDueNanos - now <= 0) {
            Flow flow = kicks.remove();
            flow.kickPending = false;
            if (table.isCurrent(flow)) kick(flow);
        }
    }

    private void kick(Flow flow) {
        int ack = due(flow);
        if (!Seq.after(ack, wrap.sentAck(flow.slot()))) return;
        stats.kicks++;
        wrap.kick(flow.slot(), flow.opening, ack);
    }

    /** The highest acknowledgement that the kernel wants to send and that may leave. */
    private int due(Flow flow) {
        int wanted = wrap.maxAck(flow.slot());
        return flow.unguarded() ? wanted : Seq.min(flow.committedAck(), wanted);
    }
}
