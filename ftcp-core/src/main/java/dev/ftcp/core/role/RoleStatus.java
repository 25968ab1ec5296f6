package dev.ftcp.core.role;

/**
 * What a daemon is at a moment. Times are CLOCK_BOOTTIME in nanoseconds.
 *
 * @param role the verdict
 * @param reason why it is that, or what keeps it from being more; for operators
 * @param sinceNanos when the role began
 * @param epoch the ownership that this daemon has or follows; 0 before the first
 * @param leaseDeadlineNanos end of the lease that was set last; meaningful while PROTECTED
 * @param beatSeenNanos when a standby saw a new heartbeat last; meaningful while STANDBY
 */
public record RoleStatus(
        Role role, String reason, long sinceNanos, long epoch, long leaseDeadlineNanos, long beatSeenNanos) {}
