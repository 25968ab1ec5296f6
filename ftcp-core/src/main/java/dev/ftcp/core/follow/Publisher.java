package dev.ftcp.core.follow;

import dev.ftcp.core.capture.CaptureRecord;

/**
 * Publishes what was logged, and then lets leave what waited for it: acknowledgements, and frames of the service that the gate swallowed
 * (G1, G2, G3). Not thread-safe.
 */
final class Publisher {
    private final WrapPort wrap;
    private final Commits commits;
    private final Acknowledger acks;
    private boolean holding;

    Publisher(WrapPort wrap, Commits commits, Acknowledger acks) {
        this.wrap = wrap;
        this.commits = commits;
        this.acks = acks;
    }

    void publish(long now) {
        commits.publish();
        acks.commit();
        // After that, so that they take the newest acknowledgement along; before the gate lets pass what follows them.
        if (holding) wrap.sendHeld();
        holding = false;
        acks.published(now);
    }

    /** A frame that the gate swallowed leaves once everything so far is published, whatever has become of its connection. */
    void hold(CaptureRecord r, long now) {
        if (r.frameHeader() == 0) return; // it passed by itself
        while (!wrap.hold(r.buffer(), r.capturedIndex(), r.capturedLength(), r.frameHeader(), r.segmentSize())) {
            publish(now);
        }
        holding = true;
    }

    /** Whether frames wait, whose memory must not be used again before they are sent. */
    boolean holding() {
        return holding;
    }

    void drop() {
        if (holding) wrap.dropHeld();
        holding = false;
    }
}
