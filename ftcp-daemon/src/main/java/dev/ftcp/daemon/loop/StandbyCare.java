package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.Timing;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.role.RoleMachine;
import dev.ftcp.xen.linux.Sys;

/** What an owner does for its standby besides the stream of the log: the copy's beginning and its end. Core loop only. */
final class StandbyCare {
    /** A program that saw the gate open has let its segment out, and captured it, by then. */
    private static final long LAST_WORDS_NANOS = 1_000_000L;

    private final Timing timing;
    private final CaptureDrain drain;
    private final FlowEngine engine;
    private final Pair pair;
    private final RoleMachine machine;
    private final StallWatch stall;
    private boolean snapshotDone;

    StandbyCare(Timing timing, CaptureDrain drain, FlowEngine engine, Pair pair, RoleMachine machine) {
        this.timing = timing;
        this.drain = drain;
        this.engine = engine;
        this.pair = pair;
        this.machine = machine;
        this.stall = new StallWatch(timing.standbyStallNanos());
    }

    /** A standby is about to join. */
    void begin(long now) {
        snapshotDone = false;
        stall.reset(now);
    }

    /** Does what is asked for, as far as it goes now. */
    void turn() {
        if (pair.asked().sync) sync();
        if (pair.asked().handover != 0) handOver();
    }

    /** Whether the standby still reads. */
    void watch(long now) {
        LogWriter writer = pair.writer();
        if (writer != null && stall.isOver(writer.ring(), now)) machine.onStandbyStalled(now);
    }

    /** Brings a new standby up; after the last connection is in, what was captured before that must be in too. */
    private void sync() {
        if (!snapshotDone) {
            snapshotDone = engine.snapshot(Sys.bootNanos());
            // The clamp first: what the kernel acknowledges after the last drain would be known to nobody else (G1).
            if (snapshotDone) pair.protectGate(Sys.bootNanos() + timing.leaseNanos());
            return;
        }
        if (!drain.everything() || !engine.finishSnapshot()) return;
        pair.asked().sync = false;
        pair.synced();
        machine.onSyncComplete(Sys.bootNanos());
        drain.ringDoorbell();
    }

    /** The gate is closed: what it let pass before is logged, then that this is all. */
    private void handOver() {
        long now = Sys.bootNanos();
        if (!drain.everything() || now - pair.asked().silentNanos < LAST_WORDS_NANOS) return;
        if (!engine.handOver(pair.asked().handover, now)) return;
        pair.asked().handover = 0;
        drain.ringDoorbell();
    }
}
