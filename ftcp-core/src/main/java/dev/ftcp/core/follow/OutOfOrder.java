package dev.ftcp.core.follow;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Client segments that came before their predecessors, kept until the gap is filled. They never overlap, and copies of a byte are the same:
 * what {@link #contradicts} is not to be added. Bounded: what does not fit is forgotten, and when the kernel acknowledges it the
 * connection is given up. Not thread-safe.
 */
final class OutOfOrder {
    /** One segment. */
    record Segment(long offset, byte[] bytes) {
        long end() {
            return offset + bytes.length;
        }

        Segment from(long at) {
            return new Segment(at, Arrays.copyOfRange(bytes, (int) (at - offset), bytes.length));
        }

        Segment to(long at) {
            return new Segment(offset, Arrays.copyOf(bytes, (int) (at - offset)));
        }
    }

    /** What all connections together may keep. */
    static final class Budget {
        private final long limit;
        private long used;

        Budget(long limit) {
            this.limit = limit;
        }

        long used() {
            return used;
        }
    }

    /** What a segment costs beside its bytes: or one-byte segments would take a hundred times what they count. */
    private static final int OVERHEAD = 128;

    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final Budget budget;
    private final int limit;
    private int held;

    /** @param limit most bytes kept, {@link #OVERHEAD} for each segment included */
    OutOfOrder(int limit, Budget budget) {
        this.limit = limit;
        this.budget = budget;
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Keeps a copy of at least one byte; false if a limit is reached. */
    boolean add(long offset, ByteBuffer src, int index, int length) {
        // A segment that falls into another makes three of two.
        int cost = length + 2 * OVERHEAD;
        if (cost > limit - held || cost > budget.limit - budget.used) return false;
        byte[] copy = new byte[length];
        src.get(index, copy);
        Segment fresh = new Segment(offset, copy);
        makeWay(fresh);
        put(fresh);
        return true;
    }

    /** Where the last segment ends; there must be one. */
    long end() {
        return segments.lastEntry().getValue().end();
    }

    /** Whether a byte that is kept differs from that of another segment. */
    boolean contradicts(long offset, ByteBuffer src, int index, int length) {
        long end = offset + length;
        Map.Entry<Long, Segment> first = segments.floorEntry(offset);
        for (Segment s : segments.subMap(first == null ? offset : first.getKey(), true, end, false)
                .values()) {
            for (long at = Math.max(offset, s.offset()); at < Math.min(end, s.end()); at++) {
                if (s.bytes()[(int) (at - s.offset())] != src.get(index + (int) (at - offset))) return true;
            }
        }
        return false;
    }

    private void makeWay(Segment fresh) {
        Map.Entry<Long, Segment> entry;
        while ((entry = segments.lowerEntry(fresh.end())) != null
                && entry.getValue().end() > fresh.offset()) {
            Segment old = entry.getValue();
            remove(old);
            if (old.end() > fresh.end()) put(old.from(fresh.end()));
            if (old.offset() < fresh.offset()) put(old.to(fresh.offset()));
        }
    }

    /** Returns the first segment if it begins at or before {@code next}, or null. */
    @Nullable
    Segment upTo(long next) {
        Map.Entry<Long, Segment> first = segments.firstEntry();
        return first == null || first.getKey() > next ? null : first.getValue();
    }

    /** Forgets a segment that {@link #upTo} returned. */
    void remove(Segment segment) {
        segments.remove(segment.offset());
        count(-segment.bytes().length - OVERHEAD);
    }

    void clear() {
        segments.clear();
        count(-held);
    }

    private void put(Segment segment) {
        segments.put(segment.offset(), segment);
        count(segment.bytes().length + OVERHEAD);
    }

    private void count(int bytes) {
        held += bytes;
        budget.used += bytes;
    }
}
