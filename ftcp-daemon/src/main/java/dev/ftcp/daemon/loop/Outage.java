package dev.ftcp.daemon.loop;

import dev.ftcp.daemon.takeover.Takeover;
import dev.ftcp.daemon.takeover.TakeoverReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One time that the service is down: since when, until when, and how many connections it costs. Times as of {@code CLOCK_BOOTTIME}. Core loop only. */
final class Outage {
    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

    private final Takeover takeover;
    private final String cause;
    private final int continuedBefore, resetsBefore;
    private long sinceNanos, backNanos;

    /** @param cause what began it, for people */
    Outage(Takeover takeover, String cause, long now) {
        this.takeover = takeover;
        this.cause = cause;
        this.sinceNanos = now;
        this.continuedBefore = takeover.continued();
        this.resetsBefore = takeover.resets();
    }

    /** The service, which was back, has died again. */
    void again(long now) {
        sinceNanos = now;
    }

    /** The service is back, or is not waited for any more. */
    void over(long now) {
        backNanos = now;
    }

    /** When the service died. */
    long sinceNanos() {
        return sinceNanos;
    }

    /** When the service was back. */
    long backNanos() {
        return backNanos;
    }

    /** All its connections go on. */
    TakeoverReport report(long now) {
        int continued = takeover.continued() - continuedBefore;
        LOG.info(
                "event=service-back continued={} reset={} down_ms={} continued_ms={}",
                continued,
                takeover.resets() - resetsBefore,
                TakeoverReport.millis(backNanos - sinceNanos),
                TakeoverReport.millis(now - backNanos));
        return TakeoverReport.inPlace(cause, sinceNanos, backNanos, now, continued, takeover.takeLateResets());
    }
}
