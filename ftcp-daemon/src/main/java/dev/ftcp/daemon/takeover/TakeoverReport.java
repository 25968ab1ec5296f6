package dev.ftcp.daemon.takeover;

import java.util.List;

/**
 * What a takeover did. Times in nanoseconds.
 *
 * @param cause why the old owner was given up
 * @param atNanos when the promotion was won, CLOCK_BOOTTIME
 * @param silenceNanos from the last sign of life of the old owner to the promotion
 * @param waitNanos from the promotion to the end of the old owner's lease
 * @param drainNanos from then until the log was read to its end
 * @param probeNanos asking clients and waiting for answers, in sum: the stages alternate from connection to connection
 * @param restoreNanos building connections in this kernel, in sum
 * @param replayNanos letting them speak and handing them to the relay, in sum
 * @param continued connections that go on
 * @param gone connections that their client did not know any more
 * @param waiting connections whose client has not answered yet
 * @param resets connections that could not be continued, each with its reason
 */
public record TakeoverReport(
        String cause,
        long atNanos,
        long silenceNanos,
        long waitNanos,
        long drainNanos,
        long probeNanos,
        long restoreNanos,
        long replayNanos,
        int continued,
        int gone,
        int waiting,
        List<String> resets) {
    public TakeoverReport {
        resets = List.copyOf(resets);
    }

    /**
     * Of connections that went on in place, on a host whose service was away.
     *
     * @param downNanos when the service was missed first, CLOCK_BOOTTIME
     * @param backNanos when it answered again
     * @param nowNanos when its last connection was continued
     */
    public static TakeoverReport inPlace(
            String cause, long downNanos, long backNanos, long nowNanos, int continued, List<String> resets) {
        return new TakeoverReport(
                cause, downNanos, 0, backNanos - downNanos, 0, 0, nowNanos - backNanos, 0, continued, 0, 0, resets);
    }

    /** For the log. */
    @Override
    public String toString() {
        return "continued=" + continued + " gone=" + gone + " waiting=" + waiting + " reset=" + resets.size()
                + " wait_ms=" + millis(waitNanos) + " drain_ms=" + millis(drainNanos) + " probe_ms="
                + millis(probeNanos)
                + " restore_ms=" + millis(restoreNanos) + " replay_ms=" + millis(replayNanos);
    }

    /** Milliseconds with two decimals. */
    public static double millis(long nanos) {
        return nanos / 10_000L / 100.0;
    }
}
