package dev.ftcp.daemon.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** How much the event loops of relays work. */
final class Loops {
    private static final long IDLE_MILLIS = 200, IDLE_NANOS = 50_000_000;

    private Loops() {}

    /** CPU time of all of them. */
    static long cpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (Thread t : Thread.getAllStackTraces().keySet())
            if (t.getName().startsWith("relay-")) sum += Math.max(0, threads.getThreadCpuTime(t.getId()));
        return sum;
    }

    /** Fails if one spins. */
    static void assertIdle() throws InterruptedException {
        long before = cpuNanos();
        Thread.sleep(IDLE_MILLIS);
        assertThat(cpuNanos() - before).isLessThan(IDLE_NANOS);
    }
}
