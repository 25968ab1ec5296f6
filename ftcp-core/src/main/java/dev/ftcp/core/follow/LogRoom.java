package dev.ftcp.core.follow;

import dev.ftcp.core.log.LogWriter;

/**
 * Tells in advance whether what one step of a connection may write fits into the log: a step is all or nothing, since after half a
 * step ledger and log would say different things.
 *
 * <pre>
 *   one step:  bytes | prelude of a safe point | records of fixed size
 *   room:      twice the first two, because the end of the lane can waste as much as the record that does not fit there
 * </pre>
 */
final class LogRoom {
    /** Opening 96, positions 4 x 32, safe point 40, unprotected 232, closed 32; and the largest of these again. */
    private static final int FIXED = 1024;

    private static final int RECORD = 64;

    /** A sixteenth of the lane, so that a step fits into the smallest lane. */
    private static final int SHARE = 16;

    private static final int MOST_PIECE = 64 << 10;
    private static final int MOST_PRELUDE = 4 << 10;

    private final LogWriter log;
    private final int piece;
    private final int prelude;

    LogRoom(LogWriter log) {
        this.log = log;
        int share = log.ring().capacity() / SHARE;
        this.piece = Math.min(MOST_PIECE, share);
        this.prelude = Math.min(MOST_PRELUDE, share);
    }

    /** Most bytes of a stream that one step writes. */
    int piece() {
        return piece;
    }

    /** Longest prelude that a safe point may have. */
    int prelude() {
        return prelude;
    }

    /** Whether a step with {@code bytes} of a stream fits. */
    boolean fits(int bytes) {
        return log.ring().freeBytes() >= 2L * (bytes + prelude + RECORD) + FIXED;
    }
}
