package dev.ftcp.daemon.takeover;

import java.util.function.LongSupplier;

/** How long the stages of a takeover took in sum: they alternate. Not thread-safe. */
final class Stopwatch {
    static final int PROBE = 0, RESTORE = 1, REPLAY = 2;

    private final LongSupplier clock;
    private final long[] nanos = new long[3];
    private final long begun;
    private long last;

    Stopwatch(LongSupplier clock) {
        this.clock = clock;
        this.begun = clock.getAsLong();
        this.last = begun;
    }

    long begunNanos() {
        return begun;
    }

    /** What passed since the last lap belongs to this stage. */
    void lap(int stage) {
        long now = clock.getAsLong();
        nanos[stage] += now - last;
        last = now;
    }

    long nanos(int stage) {
        return nanos[stage];
    }
}
