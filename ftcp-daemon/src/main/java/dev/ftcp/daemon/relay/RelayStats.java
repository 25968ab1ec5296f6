package dev.ftcp.daemon.relay;

/**
 * Counters of a relay at one moment. Each value is exact; they are read one after the other while flows go on.
 *
 * @param live flows that are adopted and have not ended
 * @param adopted flows ever adopted
 * @param transparent flows that ever became transparent
 * @param bytesToBackend bytes from clients, committed ones included
 * @param bytesToClient bytes written towards clients
 * @param resets flows that were reset with a reason
 * @param backendConnects connections to the backend that were established
 * @param backendRetries attempts to connect that failed
 * @param longestContinuationNanos longest time from an adoption until the flow was transparent
 * @param oldestNanos age of the oldest live flow, 0 if there is none
 */
public record RelayStats(
        int live,
        long adopted,
        long transparent,
        long bytesToBackend,
        long bytesToClient,
        long resets,
        long backendConnects,
        long backendRetries,
        long longestContinuationNanos,
        long oldestNanos) {}
