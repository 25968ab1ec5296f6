package dev.ftcp.xen.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** A stream whose every byte follows from its offset, and which parts of it have been seen. */
final class Pattern {
    private final TreeMap<Long, Long> seen = new TreeMap<>();

    /** Fills the remaining bytes with the stream from {@code offset}. */
    static void fill(ByteBuffer to, long offset) {
        for (int i = to.position(); i < to.limit(); i++) to.put(i, at(offset + i - to.position()));
    }

    /** Checks bytes that are said to begin at {@code offset}. */
    static void check(ByteBuffer from, int index, int length, long offset) {
        ByteBuffer b = from.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; ) {
            if ((offset + i & 7) == 0 && length - i >= 8) {
                if (b.getLong(index + i) != word(offset + i >>> 3))
                    throw new AssertionError("wrong bytes at " + (offset + i));
                i += 8;
            } else {
                if (b.get(index + i) != at(offset + i)) throw new AssertionError("wrong byte at " + (offset + i));
                i++;
            }
        }
    }

    /** Notes that {@code length} bytes from {@code offset} have been seen. */
    void cover(long offset, long length) {
        long from = offset, to = offset + length;
        Map.Entry<Long, Long> e = seen.floorEntry(to);
        while (e != null && e.getValue() >= from) {
            from = Math.min(from, e.getKey());
            to = Math.max(to, e.getValue());
            seen.remove(e.getKey());
            e = seen.floorEntry(to);
        }
        seen.put(from, to);
    }

    /** Everything before this offset has been seen. */
    long contiguous() {
        Map.Entry<Long, Long> e = seen.firstEntry();
        return e == null || e.getKey() > 0 ? 0 : e.getValue();
    }

    private static byte at(long offset) {
        return (byte) (word(offset >>> 3) >>> 8 * (offset & 7));
    }

    private static long word(long index) {
        long z = index * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 29) * 0xBF58476D1CE4E5B9L;
        return z ^ z >>> 32;
    }
}
