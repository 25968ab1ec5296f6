package dev.ftcp.daemon.loop;

import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * The end of a socket is captured once, and if there is no room then, its connection would be followed for ever: in the standby's copy too, whose takeover
 * would look for its client in vain. So the kernel is asked for the sockets that it still has, once all is drained that was captured before the loss
 * was noticed. Core loop only.
 */
final class LostNotes {
    /** The question costs some microseconds for each connection. */
    static final long AGAIN_NANOS = 1_000_000_000L;

    private final LongSupplier lost;
    private final LongSupplier captured;
    private final LongPredicate reconcile;
    private long handled;
    private long noticedAt;
    private long notBefore;
    private boolean due;

    /**
     * @param lost how many notes were lost
     * @param captured how far the capture is, as a position
     * @param reconcile asks the kernel, at this time; false if that is to be done again
     */
    LostNotes(LongSupplier lost, LongSupplier captured, LongPredicate reconcile) {
        this.lost = lost;
        this.captured = captured;
        this.reconcile = reconcile;
    }

    /**
     * Call it every few milliseconds.
     *
     * @param drained how far the capture is drained
     */
    void turn(long drained, long now) {
        long count = lost.getAsLong();
        if (!due && count != handled) {
            handled = count;
            noticedAt = captured.getAsLong();
            due = true;
        }
        if (!due || drained - noticedAt < 0 || now < notBefore) return;
        notBefore = now + AGAIN_NANOS;
        due = !reconcile.test(now);
    }
}
