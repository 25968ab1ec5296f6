package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to be asked, and then to be continued. Those come first for whom something is under way: of the others nobody notices that they
 * are not continued yet, and they wait until all are asked. Core loop only.
 */
final class Turns {
    private final Set<FlowLedger> unasked = new LinkedHashSet<>(), busyUnasked = new LinkedHashSet<>();
    private final Set<FlowLedger> answered = new LinkedHashSet<>(), busyAnswered = new LinkedHashSet<>();

    /** This connection is to be asked, if it does not answer before that. */
    void add(FlowLedger flow) {
        (isBusy(flow) ? busyUnasked : unasked).add(flow);
    }

    /** Its client has said something, and waits. */
    void spoke(FlowLedger flow) {
        if (unasked.remove(flow)) busyUnasked.add(flow);
        if (answered.remove(flow)) busyAnswered.add(flow);
    }

    /** Whether somebody is to be asked who has not answered unasked. */
    boolean hasUnasked() {
        return !busyUnasked.isEmpty() || !unasked.isEmpty();
    }

    /** The next one to be asked, which counts as asked from now on. */
    FlowLedger toAsk() {
        FlowLedger busy = poll(busyUnasked), next = busy == null ? poll(unasked) : busy;
        if (next == null) throw new IllegalStateException("all are asked");
        return next;
    }

    /**
     * Its client has answered.
     *
     * @param waits whether it has sent something that the log does not have
     */
    void answered(FlowLedger flow, boolean waits) {
        unasked.remove(flow);
        busyUnasked.remove(flow);
        if (busyAnswered.contains(flow)) return;
        if (waits || isBusy(flow)) {
            answered.remove(flow);
            busyAnswered.add(flow);
        } else {
            answered.add(flow);
        }
    }

    /** The next one to be continued, which is none of these any more; null if there is none now. */
    @Nullable
    FlowLedger toContinue() {
        FlowLedger busy = poll(busyAnswered);
        return busy != null || hasUnasked() ? busy : poll(answered);
    }

    void remove(FlowLedger flow) {
        unasked.remove(flow);
        busyUnasked.remove(flow);
        answered.remove(flow);
        busyAnswered.remove(flow);
    }

    void clear() {
        unasked.clear();
        busyUnasked.clear();
        answered.clear();
        busyAnswered.clear();
    }

    /** Whether, as far as the log has it, one side waits for the other. */
    private static boolean isBusy(FlowLedger flow) {
        return flow.clientEnd() > flow.safeClient() || flow.acked() < flow.serverEnd() || flow.fresh();
    }

    private static @Nullable FlowLedger poll(Set<FlowLedger> flows) {
        Iterator<FlowLedger> first = flows.iterator();
        if (!first.hasNext()) return null;
        FlowLedger flow = first.next();
        first.remove();
        return flow;
    }
}
