package dev.ftcp.core.config;

import java.nio.file.Path;
import java.util.List;

/** Times and sizes with their units, and the rules about them that several sections share. */
public final class Units {
    /** Nanoseconds in a millisecond. */
    public static final long MS = 1_000_000L;

    /** Bytes in the binary units. */
    public static final long KIB = 1L << 10, MIB = 1L << 20, GIB = 1L << 30;

    private Units() {}

    /** Nanoseconds in the largest unit that needs no fraction, as in {@code 200ms}. */
    public static String time(long nanos) {
        if (nanos != 0 && nanos % 60_000_000_000L == 0) return nanos / 60_000_000_000L + "min";
        if (nanos != 0 && nanos % 1_000_000_000L == 0) return nanos / 1_000_000_000L + "s";
        if (nanos % MS == 0) return nanos / MS + "ms";
        return nanos % 1_000L == 0 ? nanos / 1_000L + "us" : nanos + "ns";
    }

    /** Bytes in the largest binary unit that needs no fraction, as in {@code 16MiB}. */
    public static String bytes(long bytes) {
        if (bytes != 0 && bytes % GIB == 0) return bytes / GIB + "GiB";
        if (bytes != 0 && bytes % MIB == 0) return bytes / MIB + "MiB";
        return bytes != 0 && bytes % KIB == 0 ? bytes / KIB + "KiB" : bytes + "B";
    }

    static void span(List<Violation> out, String key, long nanos, long min, long max) {
        if (nanos < min || nanos > max) out.add(new Violation(key, outside(time(nanos), time(min), time(max))));
    }

    static void size(List<Violation> out, String key, long bytes, long min, long max) {
        if (bytes < min || bytes > max) out.add(new Violation(key, outside(bytes(bytes), bytes(min), bytes(max))));
    }

    static void powerOfTwo(List<Violation> out, String key, long bytes, long min, long max) {
        if (bytes < min || bytes > max) size(out, key, bytes, min, max);
        else if (Long.bitCount(bytes) != 1) {
            long below = Long.highestOneBit(bytes);
            out.add(new Violation(
                    key,
                    bytes(bytes) + " is not a power of two; nearest are " + bytes(below) + " and " + bytes(2 * below)));
        }
    }

    static void absolute(List<Violation> out, String key, Path path) {
        if (!path.isAbsolute()) out.add(new Violation(key, "'" + path + "' is not an absolute path"));
    }

    private static String outside(String value, String min, String max) {
        return value + " is not in " + min + " to " + max;
    }
}
