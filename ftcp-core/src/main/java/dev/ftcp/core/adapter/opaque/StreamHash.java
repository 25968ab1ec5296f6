package dev.ftcp.core.adapter.opaque;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A running 64-bit hash of a byte stream, the same however the stream is split. Meant to find differences between two runs of one
 * service, not to withstand someone who looks for collisions.
 *
 * <p>The stream is taken in words of eight bytes, little-endian; an incomplete last word counts with its length.
 */
final class StreamHash {
    private static final long ODD_1 = 0x9E37_79B9_7F4A_7C15L, ODD_2 = 0xC2B2_AE3D_27D4_EB4FL;
    private static final int ROTATION = 31;

    private long hash;
    private long word;
    private int have; // bytes in word

    /** Takes the bytes in {@code [from, to)}. */
    void update(ByteBuffer b, int from, int to) {
        int i = from;
        while (i < to && have > 0) add(b.get(i++));
        boolean little = b.order() == ByteOrder.LITTLE_ENDIAN;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long w = b.getLong(i);
            hash = mixed(hash, little ? w : Long.reverseBytes(w));
        }
        while (i < to) add(b.get(i++));
    }

    /** The hash of everything so far. */
    long value() {
        return mixed(hash, word ^ (long) have << 56);
    }

    private void add(byte c) {
        word |= (c & 0xFFL) << (8 * have);
        if (++have < Long.BYTES) return;
        hash = mixed(hash, word);
        word = 0;
        have = 0;
    }

    private static long mixed(long hash, long word) {
        long x = (hash ^ word * ODD_1) * ODD_2;
        return Long.rotateLeft(x, ROTATION) + ODD_1;
    }
}
