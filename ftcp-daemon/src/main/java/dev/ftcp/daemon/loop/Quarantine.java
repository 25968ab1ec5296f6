package dev.ftcp.daemon.loop;

import dev.ftcp.core.ledger.FlowLedger;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the connection whose request kills the service. A request that was open at one fault goes on with all others; one that was open at two in a
 * row is on trial: it goes on alone, the others wait for its end. If the service dies again, there is no doubt. Core loop only.
 */
final class Quarantine {
    /** A request that has not killed the service so long after it was sent again has passed. */
    private static final long TRIAL_NANOS = 1_000_000_000L;

    private static final int SUSPICION = 2;

    /** What is held against a connection: the request, and at how many faults in a row it was open. */
    private record Charge(long request, int faults) {}

    private final int mostFaults;
    private final Map<FlowLedger, Charge> charges = new WeakHashMap<>();
    private final Deque<FlowLedger> queue = new ArrayDeque<>();
    private @Nullable FlowLedger accused;
    private long begunNanos;

    Quarantine(int mostFaults) {
        this.mostFaults = mostFaults;
    }

    /** The service has died; these connections were open. Those that still waited for their trial were not. */
    void fault(List<FlowLedger> open) {
        for (FlowLedger flow : open) {
            if (queue.contains(flow)) continue;
            Charge before = charges.get(flow);
            boolean inRequest = flow.clientEnd() > flow.safeClient();
            if (!inRequest) charges.remove(flow);
            else if (before == null || before.request != flow.safeClient())
                charges.put(flow, new Charge(flow.safeClient(), 1));
            else charges.put(flow, new Charge(flow.safeClient(), before.faults + 1));
        }
        accused = null;
        queue.clear();
        open.stream()
                .filter(flow -> faults(flow) >= SUSPICION && faults(flow) < mostFaults)
                .sorted(Comparator.comparingInt(this::faults))
                .forEach(queue::add);
    }

    /** Whether this connection is to be given up. */
    boolean isGuilty(FlowLedger flow) {
        return faults(flow) >= mostFaults;
    }

    /** Whether it is on trial now. */
    boolean isAccused(FlowLedger flow) {
        return flow == accused;
    }

    /** Whether it has to wait for a trial of its own. */
    boolean isSuspect(FlowLedger flow) {
        return queue.contains(flow) || flow == accused;
    }

    /**
     * The next connection to be tried, once the last trial is over; null if there is none now.
     *
     * @param busy whether the accused has not been continued yet
     */
    @Nullable
    FlowLedger next(boolean busy, long now) {
        FlowLedger last = accused;
        if (last != null) {
            if (busy) begunNanos = now;
            boolean moved = last.safeClient() != request(last);
            if (!moved && now - begunNanos < TRIAL_NANOS) return null;
            charges.remove(last);
        }
        accused = queue.poll();
        begunNanos = now;
        return accused;
    }

    /** Whether everybody who had to has been tried. */
    boolean isOver() {
        return accused == null && queue.isEmpty();
    }

    private int faults(FlowLedger flow) {
        Charge charge = charges.get(flow);
        return charge == null ? 0 : charge.faults;
    }

    private long request(FlowLedger flow) {
        Charge charge = charges.get(flow);
        return charge == null ? -1 : charge.request;
    }
}
