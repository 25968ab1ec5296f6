package dev.ftcp.core.ledger;

import dev.ftcp.core.memory.ByteLog;
import dev.ftcp.core.memory.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The retained part of a service's stream: what was captured, with gaps where bytes passed that nobody asked to see.
 * Captured bytes lie without gaps in a {@link ByteLog}; extents say where in the stream they belong.
 *
 * <pre>
 *   stream   start  |--- extent 0 ---|   gap   |- extent 1 -|  gap  end
 *                   at[0]                      at[1]
 *   log             |--- extent 0 ---|- extent 1 -|
 *                   log[0]           log[1]       bytes.end()
 * </pre>
 *
 * Neighbouring extents are joined. Not thread-safe.
 */
public final class SparseLog {
    /** Sees a range of the stream in order. */
    public interface Visitor {
        /** Captured bytes, position to limit; valid during the call. */
        void onBytes(long offset, ByteBuffer bytes);

        /** A gap of {@code length} bytes at {@code offset}. */
        void onGap(long offset, long length);
    }

    /** What an extent counts towards the limit: a stream of tiny ones must not grow without bound either. */
    static final int EXTENT_BYTES = 2 * Long.BYTES;

    private static final int PIECE = 16 * 1024;
    private static final int FIRST_CAPACITY = 2, IDLE_CAPACITY = 8;

    private final ByteLog bytes;
    private long start;
    private long end;
    private long[] at = new long[FIRST_CAPACITY];
    private long[] log = new long[FIRST_CAPACITY];
    private int first; // index of extent 0: trimming moves it, appending moves all back to the front
    private int extents;

    /**
     * An empty log at offset 0.
     *
     * @param limit most bytes retained, {@link #EXTENT_BYTES} for each extent after the first included
     */
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
        return bytes.size();
    }

    /**
     * Appends captured bytes at {@link #end()}; false, and nothing is changed, if the limit of retained bytes is reached.
     *
     * @param count at least 1
     */
    public boolean append(ByteBuffer src, int index, int count) {
        boolean joins = extents > 0 && extentEnd(extents - 1) == end;
        if (!joins && bytes.size() + count + (long) extents * EXTENT_BYTES > bytes.limit()) return false;
        if (!bytes.append(src, index, count)) return false;
        if (!joins) add(end, bytes.end() - count);
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
        while (extents > 0 && extentEnd(0) <= start) {
            first++;
            extents--;
        }
        if (extents == 0) {
            clear();
            return;
        }
        if (at[first] < start) {
            log[first] += start - at[first];
            at[first] = start;
        }
        bytes.trimTo(log[first]);
    }

    /** Begins anew at {@code offset} with nothing retained. */
    public void reset(long offset) {
        clear();
        start = offset;
        end = offset;
    }

    /** Whether every byte of [from, to) is retained. */
    public boolean covers(long from, long to) {
        if (from >= to) return true;
        int i = find(from);
        return i >= 0 && to <= extentEnd(i);
    }

    /** The earliest offset from which everything up to {@code to} is retained; {@code to} if its last byte is not. */
    public long coveredFrom(long to) {
        int i = find(to - 1);
        return i >= 0 && to <= extentEnd(i) ? extentStart(i) : to;
    }

    /** The end of the extent, or of the gap, that {@code offset} lies in; {@link #end()} at most. */
    public long runEnd(long offset) {
        int i = find(offset);
        if (i >= 0 && offset < extentEnd(i)) return extentEnd(i);
        return i + 1 < extents ? extentStart(i + 1) : end;
    }

    /** Copies retained bytes from {@code offset} on, to the end of their extent or of {@code dst}; returns how many, 0 in a gap. */
    public int copyTo(long offset, ByteBuffer dst) {
        int i = find(offset);
        if (i < 0 || offset >= extentEnd(i)) return 0;
        int n = (int) Math.min(dst.remaining(), extentEnd(i) - offset);
        int limit = dst.limit();
        dst.limit(dst.position() + n);
        bytes.copyTo(log[first + i] + (offset - extentStart(i)), dst);
        dst.limit(limit);
        return n;
    }

    /** Shows [from, to), which must lie between {@link #start()} and {@link #end()}, in order and in pieces. */
    public void forEach(long from, long to, Visitor visitor) {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.max(0, Math.min(PIECE, to - from)));
        for (long position = from; position < to; ) {
            piece.clear().limit((int) Math.min(piece.capacity(), to - position));
            int n = copyTo(position, piece);
            if (n > 0) {
                visitor.onBytes(position, piece.flip());
                position += n;
            } else {
                long gapEnd = Math.min(runEnd(position), to);
                visitor.onGap(position, gapEnd - position);
                position = gapEnd;
            }
        }
    }

    private long extentStart(int i) {
        return at[first + i];
    }

    private long extentEnd(int i) {
        long logEnd = i + 1 < extents ? log[first + i + 1] : bytes.end();
        return at[first + i] + (logEnd - log[first + i]);
    }

    /** The last extent that begins at or before {@code offset}, or −1. */
    private int find(long offset) {
        int low = 0;
        int high = extents - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (extentStart(middle) <= offset) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    private void add(long streamOffset, long logOffset) {
        if (first + extents == at.length) makeRoom();
        at[first + extents] = streamOffset;
        log[first + extents++] = logOffset;
    }

    private void makeRoom() {
        int capacity = extents > at.length / 2 ? 2 * at.length : at.length;
        at = moved(at, capacity);
        log = moved(log, capacity);
        first = 0;
    }

    private long[] moved(long[] from, int capacity) {
        long[] to = capacity == from.length ? from : new long[capacity];
        System.arraycopy(from, first, to, 0, extents);
        return to;
    }

    private void clear() {
        bytes.clear();
        first = 0;
        extents = 0;
        if (at.length <= IDLE_CAPACITY) return;
        at = Arrays.copyOf(at, FIRST_CAPACITY);
        log = Arrays.copyOf(log, FIRST_CAPACITY);
    }
}
