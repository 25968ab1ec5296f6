package dev.ftcp.core.ring;

/** What must hold between a lane's head and tail. */
final class Cursors {
    private Cursors() {}

    static void check(int lane, long head, long tail, int capacity) {
        // The difference of two positions can overflow: the signs come first.
        boolean ok = head >= 0
                && tail >= head
                && tail - head <= capacity
                && RegionLayout.aligned(head)
                && RegionLayout.aligned(tail);
        if (!ok)
            throw new RingCorruptException(
                    "lane " + lane + ": head " + head + " and tail " + tail + " cannot be, capacity is " + capacity);
    }
}
