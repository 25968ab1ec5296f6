package dev.ftcp.core.follow;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Segments that came before their predecessors. Kept until the gap is filled; a later copy of an offset replaces an earlier one,
 * since the kernel has accepted neither yet. Bounded: what does not fit is forgotten, and then the kernel's acknowledgement of it is
 * held back until the client sends it again. Not thread-safe.
 */
final class OutOfOrder {
    /** One segment. */
    record Segment(long offset, byte[] bytes) {}

    private final TreeMap<Long, byte[]> segments = new TreeMap<>();
    private final int limit;
    private int held;

    OutOfOrder(int limit) {
        this.limit = limit;
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Keeps a copy; false if the limit is reached. */
    boolean add(long offset, ByteBuffer src, int index, int length) {
        if (held + length > limit) return false;
        byte[] copy = new byte[length];
        src.get(index, copy);
        byte[] before = segments.get(offset);
        if (before != null && before.length > length) return true;
        segments.put(offset, copy);
        held += length - (before == null ? 0 : before.length);
        return true;
    }

    /** Removes and returns the first segment that begins at or before {@code next}, or null. */
    @Nullable
    Segment takeUpTo(long next) {
        Map.Entry<Long, byte[]> first = segments.firstEntry();
        if (first == null || first.getKey() > next) return null;
        segments.remove(first.getKey());
        held -= first.getValue().length;
        return new Segment(first.getKey(), first.getValue());
    }
}
