package dev.ftcp.core.ledger;

import dev.ftcp.core.memory.ByteLog;
import dev.ftcp.core.memory.ChunkPool;
import java.nio.ByteBuffer;

/**
 * The retained part of a service's stream: what was captured, with gaps where bytes passed that nobody asked to see.
 * Captured bytes lie without gaps in a {@link ByteLog}; extents say where in the stream they belong.
 *
 * <pre>
 *   stream   |--- extent 0 ---|   gap   |- extent 1 -|
 *   log      |--- extent 0 ---|- extent 1 -|
 * </pre>
 *
 * Not thread-safe.
 */
public final class SparseLog {
    /** Sees a range of the stream in order. */
    public interface Visitor {
        /** Captured bytes, position to limit; valid during the call. */
        void onBytes(long offset, ByteBuffer bytes);

        /** A gap of {@code length} bytes at {@code offset}. */
        void onGap(long offset, long length);
    }

    private static final int PIECE = 16 * 1024;

    private final ByteLog bytes;
    private long start;
    private long end;
    // Extent i covers stream offsets [at[i], at[i] + length[i]); the bytes of extent 0 begin at bytes.start().
    private long[] at = new long[2];
    private long[] length = new long[2];
    private int extents;

    /** An empty log at offset 0. */
    public SparseLog(ChunkPool pool, long limit) {
        this.bytes = new ByteLog(pool, limit, 0);
    }

    /** First offset that is still remembered, as bytes or as a gap. */
    public long start() {
        return start;
    }

    /** Offset after the last one that is known. */
    public long end() {
        return end;
    }

    /** Bytes retained. */
    public long retained() {
        return bytes.end() - bytes.start();
    }

    /** Appends captured bytes at {@link #end()}; false, and nothing is changed, if the limit of retained bytes is reached. */
    public boolean append(ByteBuffer src, int index, int count) {
        if (!bytes.append(src, index, count)) return false;
        if (extents > 0 && at[extents - 1] + length[extents - 1] == end) {
            length[extents - 1] += count;
        } else {
            if (extents == at.length) grow();
            at[extents] = end;
            length[extents++] = count;
        }
        end += count;
        return true;
    }

    /** The stream went on to {@code offset} without being captured. */
    public void skipTo(long offset) {
        if (offset > end) end = offset;
    }

    /** Forgets everything before {@code offset}. */
    public void trimTo(long offset) {
        if (offset <= start) return;
        start = Math.min(offset, end);
        int gone = 0;
        long drop = 0;
        while (gone < extents && at[gone] + length[gone] <= start) drop += length[gone++];
        if (gone < extents && at[gone] < start) {
            long cut = start - at[gone];
            at[gone] += cut;
            length[gone] -= cut;
            drop += cut;
        }
        if (gone > 0) {
            extents -= gone;
            System.arraycopy(at, gone, at, 0, extents);
            System.arraycopy(length, gone, length, 0, extents);
        }
        if (drop > 0) bytes.trimTo(bytes.start() + drop);
    }

    /** Begins anew at {@code offset} with nothing retained. */
    public void reset(long offset) {
        bytes.clear();
        extents = 0;
        start = offset;
        end = offset;
    }

    /** Whether every byte of [from, to) is retained. */
    public boolean covers(long from, long to) {
        if (from >= to) return true;
        for (int i = 0; i < extents; i++) {
            if (at[i] <= from && to <= at[i] + length[i]) return true;
        }
        return false;
    }

    /** The earliest offset from which everything up to {@code to} is retained; {@code to} if its last byte is not. */
    public long coveredFrom(long to) {
        for (int i = extents - 1; i >= 0; i--) {
            if (at[i] < to && to <= at[i] + length[i]) return at[i];
        }
        return to;
    }

    /** Shows [from, to), which must lie between {@link #start()} and {@link #end()}, in order and in pieces. */
    public void forEach(long from, long to, Visitor visitor) {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        long position = from;
        long inLog = bytes.start();
        for (int i = 0; i < extents && position < to; i++) {
            long extentEnd = at[i] + length[i];
            if (extentEnd > position) {
                if (at[i] > position) {
                    long gap = Math.min(at[i], to) - position;
                    visitor.onGap(position, gap);
                    position += gap;
                }
                while (position < Math.min(extentEnd, to)) {
                    int n = (int) Math.min(PIECE, Math.min(extentEnd, to) - position);
                    piece.clear().limit(n);
                    bytes.copyTo(inLog + (position - at[i]), piece);
                    visitor.onBytes(position, piece.flip());
                    position += n;
                }
            }
            inLog += length[i];
        }
        if (position < to) visitor.onGap(position, to - position);
    }

    private void grow() {
        at = java.util.Arrays.copyOf(at, extents * 2);
        length = java.util.Arrays.copyOf(length, extents * 2);
    }
}
