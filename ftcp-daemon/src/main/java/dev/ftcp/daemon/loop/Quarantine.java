package dev.ftcp.daemon.loop;

import dev.ftcp.core.ledger.FlowLedger;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the connection whose request kills the service. A request that was open at one fault goes on with all others; one that was open at two in a
 * row is on trial: it goes on alone, the others wait for its end. If the service dies again, there is no doubt. A takeover counts as a fault, unless it
 * was planned: nobody tells the standby what the other host, or its service, has died of. Core loop only.
 */
final class Quarantine {
    /** A request that has not killed the service so long after it was sent again has passed: a slower one is never found. */
    private static final long PASSED_NANOS = 10_000_000_000L;
    /** What a trial lasts at least; and twice as long as the service took to die, since it may take as long again. */
    private static final long TRIAL_NANOS = 1_000_000_000L;

    private static final int SUSPICION = 2;

    /** What is held against a connection: the request, and at how many faults in a row it was open. */
    private record Charge(long request, int faults) {}

    private final int mostFaults;
    private final Map<FlowLedger, Charge> charges = new WeakHashMap<>();
    private final Deque<FlowLedger> queue = new ArrayDeque<>();
    private @Nullable FlowLedger accused;
    private long sentAgainNanos = Long.MIN_VALUE / 2;
    private long trialNanos = TRIAL_NANOS;

    Quarantine(int mostFaults) {
        this.mostFaults = mostFaults;
    }

    /** Another host, which may have died of one of these, has left them to this one; of none if it has handed them over. */
    void takenOver(List<FlowLedger> flows, long now) {
        charges.clear();
        restarted();
        flows.forEach(this::charge);
        sentAgain(now);
    }

    /** The service was started anew on purpose: everything goes on, and nobody is charged with that. */
    void restarted() {
        accused = null;
        queue.clear();
    }

    /** Requests are sent to the service again. */
    void sentAgain(long now) {
        sentAgainNanos = now;
    }

    /** Whether the service, which has died now, may have died of what was open at the last fault too, and {@code isOpen} still. */
    boolean isRepeated(Predicate<FlowLedger> isOpen, long now) {
        return now - sentAgainNanos <= PASSED_NANOS
                && charges.keySet().stream()
                        .anyMatch(flow -> isInRequest(flow) && flow.safeClient() == request(flow) && isOpen.test(flow));
    }

    /**
     * The service has died; these connections were open. Those that still waited for their trial were not.
     *
     * @param diedNanos when
     */
    void fault(List<FlowLedger> open, long diedNanos) {
        long lived = diedNanos - sentAgainNanos;
        if (lived > PASSED_NANOS) charges.clear();
        else trialNanos = Math.min(Math.max(TRIAL_NANOS, 2 * lived), PASSED_NANOS);
        open.stream().filter(flow -> !queue.contains(flow)).forEach(this::charge);
        restarted();
        open.stream()
                .filter(flow -> faults(flow) >= SUSPICION && faults(flow) < mostFaults)
                .sorted(Comparator.comparingInt(this::faults))
                .forEach(queue::add);
    }

    private void charge(FlowLedger flow) {
        int before = flow.safeClient() == request(flow) ? faults(flow) : 0;
        if (isInRequest(flow)) charges.put(flow, new Charge(flow.safeClient(), before + 1));
        else charges.remove(flow);
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
            if (busy) sentAgain(now);
            boolean moved = last.safeClient() != request(last);
            if (!moved && now - sentAgainNanos < trialNanos) return null;
            charges.remove(last);
        }
        accused = queue.poll();
        if (accused != null) sentAgain(now);
        return accused;
    }

    /** Whether everybody who had to has been tried. */
    boolean isOver() {
        return accused == null && queue.isEmpty();
    }

    private static boolean isInRequest(FlowLedger flow) {
        return flow.clientEnd() > flow.safeClient();
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
