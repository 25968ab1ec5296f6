package dev.ftcp.daemon.loop;

import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.xen.bpf.CaptureRing;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Sys;

/** Brings what the wrap captured to the engine, and what the engine published to the standby's notice. Core loop only. */
final class CaptureDrain {
    /** Most records of one batch. */
    private static final int LIMIT = 2048;

    private static final int MOST_BATCHES = 128;

    private final CaptureRing capture;
    private final FlowEngine engine;
    private final Pair pair;

    CaptureDrain(CaptureRing capture, FlowEngine engine, Pair pair) {
        this.capture = capture;
        this.engine = engine;
        this.pair = pair;
    }

    /** One batch: the number of its records. */
    int batch(long now) {
        engine.beginBatch(now);
        int n = capture.drain(engine, LIMIT);
        engine.endBatch(Sys.bootNanos());
        ringDoorbell();
        return n;
    }

    /**
     * Everything that was captured before this call; new records may keep coming for as long as there is traffic. False if the log is
     * full: then this is to be called again.
     */
    boolean everything() {
        for (int i = 0; i < MOST_BATCHES && capture.backlog() > 0; i++) {
            if (batch(Sys.bootNanos()) == 0 || engine.stalled()) return false;
        }
        return true;
    }

    /** Wakes a standby that sleeps, if there is something new for it. */
    void ringDoorbell() {
        if (!engine.takePublished()) return;
        LogWriter writer = pair.writer();
        PeerLink link = pair.link();
        if (writer != null && link != null && writer.ring().needsDoorbell()) link.ringDoorbell();
    }
}
