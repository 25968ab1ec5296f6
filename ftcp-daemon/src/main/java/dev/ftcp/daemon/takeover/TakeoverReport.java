package dev.ftcp.daemon.takeover;

import java.util.List;

/**
 * What a takeover did. Times in nanoseconds.
 *
 * @param cause why the old owner was given up
 * @param atNanos when the promotion was won, CLOCK_BOOTTIME
 * @param waitNanos from the promotion to the end of the old owner's lease
 * @param probeNanos until the clients had answered
 * @param restoreNanos until every connection stood in this kernel
 * @param replayNanos until every connection was handed to the relay
 * @param continued connections that go on
 * @param waiting connections whose client has not answered yet
 * @param resets connections that could not be continued, each with its reason
 */
public record TakeoverReport(
        String cause,
        long atNanos,
        long waitNanos,
        long probeNanos,
        long restoreNanos,
        long replayNanos,
        int continued,
        int waiting,
        List<String> resets) {
    public TakeoverReport {
        resets = List.copyOf(resets);
    }
}
