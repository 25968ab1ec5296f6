package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The captured parts of a server stream, by stream offset, while a takeover needs them. Parts are given in order; gaps are
 * bytes that were not captured. Past {@link #LIMIT} bytes, further ones count as not captured.
 */
final class KeptBytes {
    /** Most bytes kept for one connection. */
    static final int LIMIT = 4 << 20;

    private byte[] data = new byte[512];
    private int used;
    private long[] starts = new long[4]; // of each run, in the stream
    private int[] indexes = new int[4]; // of each run, in data
    private int runs;
    private long end = Long.MIN_VALUE; // in the stream, of the last run

    void append(long offset, ByteBuffer b) {
        int n = Math.min(b.remaining(), LIMIT - used);
        if (n <= 0) return;
        if (used + n > data.length) data = Arrays.copyOf(data, Math.max(2 * data.length, used + n));
        if (offset != end) beginRun(offset);
        b.get(b.position(), data, used, n);
        used += n;
        end = offset + n;
    }

    private void beginRun(long offset) {
        if (runs == starts.length) {
            starts = Arrays.copyOf(starts, 2 * runs);
            indexes = Arrays.copyOf(indexes, 2 * runs);
        }
        starts[runs] = offset;
        indexes[runs++] = used;
    }

    /** End of the captured bytes that begin at {@code offset}; {@code offset} itself if it was not captured. */
    long contiguousEnd(long offset) {
        int run = runOf(offset);
        return run < 0 ? offset : Math.max(offset, runEnd(run));
    }

    /** The bytes in {@code [from, to)}, which must have been captured without a gap. */
    byte[] copy(long from, long to) {
        if (from == to) return new byte[0];
        int at = (int) (from - starts[runOf(from)]) + indexes[runOf(from)];
        return Arrays.copyOfRange(data, at, at + (int) (to - from));
    }

    /** Whether {@code length} bytes of {@code b} at {@code index} differ from what was captured at {@code offset} on. */
    boolean differs(long offset, ByteBuffer b, int index, int length) {
        for (int run = Math.max(0, runOf(offset)); run < runs && starts[run] < offset + length; run++) {
            long from = Math.max(offset, starts[run]);
            long to = Math.min(offset + length, runEnd(run));
            for (long o = from; o < to; o++) {
                if (data[indexes[run] + (int) (o - starts[run])] != b.get(index + (int) (o - offset))) return true;
            }
        }
        return false;
    }

    private long runEnd(int run) {
        return starts[run] + (run + 1 < runs ? indexes[run + 1] : used) - indexes[run];
    }

    private int runOf(long offset) {
        int found = Arrays.binarySearch(starts, 0, runs, offset);
        return found >= 0 ? found : -found - 2;
    }
}
