package dev.ftcp.daemon.relay;

import java.time.Duration;

/**
 * How a {@link Relay} works. Memory per flow and direction is at most {@code highWater} plus one read (64 KiB) in the daemon, and the
 * socket buffers of the kernel.
 *
 * @param eventLoopThreads threads that flows are spread over, at least 1
 * @param highWater bytes that may wait for a socket before the other side is no longer read, at least 1
 * @param lowWater bytes at which reading begins again, from 1 to {@code highWater}
 * @param connectTimeout for one attempt to connect to the backend
 * @param connectPatience for all attempts together: a service that was just started needs time until it listens
 * @param idleOpen an idle flow with {@link RelayedFlow#backendOnDemand()} gets its backend connection after this time and at most twice
 *     this time, spread over the flows: from then on the service's own rules for idle connections apply
 * @param linger how long a client whose service is gone may take to close its side
 */
public record RelayConfig(
        int eventLoopThreads,
        int highWater,
        int lowWater,
        Duration connectTimeout,
        Duration connectPatience,
        Duration idleOpen,
        Duration linger) {
    public RelayConfig {
        if (eventLoopThreads < 1) throw new IllegalArgumentException("eventLoopThreads " + eventLoopThreads + " < 1");
        if (lowWater < 1 || lowWater > highWater)
            throw new IllegalArgumentException("lowWater " + lowWater + " is not in 1.." + highWater + " (highWater)");
    }

    /** The same with another {@code connectPatience}. */
    public RelayConfig patient(Duration patience) {
        return new RelayConfig(eventLoopThreads, highWater, lowWater, connectTimeout, patience, idleOpen, linger);
    }

    /** Sensible values: one thread, 256 KiB and 64 KiB, one second per attempt, ten in all, idle after 5 s, linger 30 s. */
    public static RelayConfig defaults() {
        return new RelayConfig(
                1,
                256 << 10,
                64 << 10,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30));
    }
}
