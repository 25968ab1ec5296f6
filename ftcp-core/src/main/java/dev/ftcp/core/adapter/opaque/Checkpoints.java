package dev.ftcp.core.adapter.opaque;

import java.util.Arrays;

/**
 * The hash of a stream at multiples of {@link #INTERVAL}, of its latest {@link #MOST} intervals: as much as a client can lag behind.
 *
 * <pre>
 *   stream offset:  0 ... (n-MOST+1)*4096 ...  n*4096      end
 *   hashes:              [i mod MOST]       [n mod MOST]
 * </pre>
 */
final class Checkpoints {
    /** Distance between checkpoints in bytes. */
    static final int INTERVAL = 4096;

    /** Checkpoints kept: 4 MB of stream, more than a send buffer is by default. */
    static final int MOST = 1024;

    private static final long[] NONE = new long[0];

    private long[] hashes = NONE;
    private long latest; // index of the latest one: its offset is latest * INTERVAL; 0 before the first

    void add(long hash) {
        latest++;
        if (latest >= hashes.length && hashes.length < MOST) {
            hashes = Arrays.copyOf(hashes, Math.min(MOST, Math.max(8, 2 * hashes.length)));
        }
        hashes[(int) (latest % MOST)] = hash;
    }

    /** Offset of the first checkpoint at or after {@code offset} that is kept, or -1. */
    long after(long offset) {
        long index = Math.max((offset + INTERVAL - 1) / INTERVAL, Math.max(1, latest - MOST + 1));
        return index <= latest ? index * INTERVAL : -1;
    }

    /** The hash at an offset that {@link #after} returned. */
    long at(long offset) {
        return hashes[(int) (offset / INTERVAL % MOST)];
    }
}
