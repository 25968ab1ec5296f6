package dev.ftcp.daemon.takeover;

/**
 * What led to a takeover. Times in nanoseconds, CLOCK_BOOTTIME.
 *
 * @param cause why the old owner was given up
 * @param silentNanos when it was heard of last
 * @param promotedNanos when the promotion was won
 * @param leaseEndNanos when its lease was waited for
 */
public record TakeoverTrigger(String cause, long silentNanos, long promotedNanos, long leaseEndNanos) {}
