package dev.ftcp.daemon.relay;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The flows that have not ended. Thread-safe. */
final class LiveFlows {
    private final Set<FlowRelay> flows = ConcurrentHashMap.newKeySet();

    void add(FlowRelay flow) {
        flows.add(flow);
    }

    void remove(FlowRelay flow) {
        flows.remove(flow);
        if (flows.isEmpty()) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    int count() {
        return flows.size();
    }

    long oldestNanos(long now) {
        long oldest = 0;
        for (FlowRelay f : flows) oldest = Math.max(oldest, now - f.account.since());
        return oldest;
    }

    List<FlowRelay> all() {
        return List.copyOf(flows);
    }

    /** Waits until no flow is left, at most so long; returns how many are. */
    synchronized int awaitNone(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!flows.isEmpty()) {
            long left = end - System.nanoTime();
            if (left <= 0) break;
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return flows.size();
    }
}
