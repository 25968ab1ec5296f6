package dev.ftcp.daemon.loop;

import dev.ftcp.core.ring.RingWriter;

/** A standby that does not take what is in its ring is worth nothing, and the full ring would hold all clients. Core loop only. */
final class StallWatch {
    private final long patienceNanos;
    private long since;
    private long consumed;

    StallWatch(long patienceNanos) {
        this.patienceNanos = patienceNanos;
    }

    void reset(long now) {
        since = now;
    }

    /** Whether the patience is over; then it begins anew. */
    boolean isOver(RingWriter ring, long now) {
        long seen = ring.consumed();
        if (seen != consumed || seen == ring.position()) {
            consumed = seen;
            since = now;
            return false;
        }
        if (now - since <= patienceNanos) return false;
        since = now;
        return true;
    }
}
