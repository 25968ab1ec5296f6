package dev.ftcp.core.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The retained bytes {@code [start, end)} of one stream: appended at the end, given up at the start. An empty log holds no chunk.
 *
 * <pre>
 *        base    start                                     end
 *         |       |                                         |
 *   ------+-------+--+-------------------+------------------+-+-----
 *         | chunk 0  | chunk 1           | chunk 2            |
 *         +----------+-------------------+--------------------+
 *          small or    large               large
 *          large
 * </pre>
 *
 * Bytes given in are copied, bytes shown belong to the pool. All logs of a pool are used by the pool's one thread. A log that is no longer
 * needed must be {@linkplain #clear cleared}, or its chunks stay taken.
 */
public final class ByteLog {
    private static final int[] NO_CHUNKS = {};
    private static final int FIRST_CAPACITY = 4;
    private static final long MAX_OFFSET = 1L << 62;

    private final ChunkPool pool;
    private final long limit;
    private long base;
    private long start;
    private long end;

    private int[] chunks = NO_CHUNKS;
    private int count;
    private boolean firstIsSmall;
    private @Nullable Loan loan;

    /**
     * An empty log.
     *
     * @param limit most bytes that it may retain, at least 1
     * @param offset stream offset where it begins, 0 to 2^62
     */
    public ByteLog(ChunkPool pool, long limit, long offset) {
        if (limit < 1) throw new IllegalArgumentException("limit " + limit);
        requireOffset(offset);
        this.pool = pool;
        this.limit = limit;
        this.base = offset;
        this.start = offset;
        this.end = offset;
    }

    /** Stream offset of the first retained byte. */
    public long start() {
        return start;
    }

    /** Stream offset after the last retained byte. */
    public long end() {
        return end;
    }

    /** Number of retained bytes. */
    public long size() {
        return end - start;
    }

    /** Most bytes that can be retained. */
    public long limit() {
        return limit;
    }

    /** Bytes of the chunks that are held. */
    public long heldBytes() {
        return capacity();
    }

    /**
     * Appends bytes of {@code src}, by absolute index.
     *
     * @return false, with nothing changed, if this log or the pool would be over its limit
     */
    public boolean append(ByteBuffer src, int index, int length) {
        if (length < 0) throw new IllegalArgumentException("length " + length);
        if (length > limit - size()) return false;
        if (!reserve(length)) return false;
        put(end, src, index, length);
        end += length;
        return true;
    }

    /**
     * Replaces bytes {@code [offset, offset + length)}, which must be retained.
     *
     * @throws IndexOutOfBoundsException if they are not
     */
    public void overwrite(long offset, ByteBuffer src, int index, int length) {
        requireRetained(offset, offset + length);
        put(offset, src, index, length);
    }

    /** Gives up everything before {@code offset}; an offset before the start changes nothing, one after the end is an error. */
    public void trimTo(long offset) {
        if (offset > end) throw new IndexOutOfBoundsException("trim to " + offset + ", end is " + end);
        if (offset <= start) return;
        start = offset;
        if (start == end) {
            reset(end); // an idle log keeps neither chunks nor a long table of them
        } else if (chunkOf(start) > 0) {
            drop(chunkOf(start));
        }
    }

    /**
     * Copies retained bytes from {@code offset} on to {@code dst}, as many as there are and fit, and moves its position.
     *
     * @return number of bytes copied
     * @throws IndexOutOfBoundsException if {@code offset} is before the start or after the end
     */
    public int copyTo(long offset, ByteBuffer dst) {
        requireRetained(offset, end);
        int total = (int) Math.min(end - offset, dst.remaining());
        int done = 0;
        while (done < total) {
            int chunk = chunkOf(offset + done);
            int piece = (int) Math.min(total - done, chunkEnd(chunk) - offset - done);
            dst.put(dst.position(), pool.buffer(chunks[chunk]), indexOf(chunk, offset + done), piece);
            dst.position(dst.position() + piece);
            done += piece;
        }
        return total;
    }

    /**
     * Shows bytes {@code [from, to)} in order, which must be retained.
     *
     * @return the offset after the last byte taken; {@code to} unless the visitor stopped
     */
    public long forEachChunk(long from, long to, ChunkVisitor visitor) {
        requireRetained(from, to);
        long at = from;
        while (at < to) {
            int chunk = chunkOf(at);
            int piece = (int) (Math.min(to, chunkEnd(chunk)) - at);
            if (!visitor.visit(pool.buffer(chunks[chunk]), indexOf(chunk, at), piece)) return at;
            at += piece;
        }
        return to;
    }

    /** The byte at {@code offset}, which must be retained. */
    public byte get(long offset) {
        requireRetained(offset, offset + 1);
        int chunk = chunkOf(offset);
        return pool.buffer(chunks[chunk]).get(indexOf(chunk, offset));
    }

    /**
     * Lends what is retained now to a reader on another thread; the log goes on meanwhile, and gives back what it gives up only after
     * {@link Loan#close}. One loan at a time.
     */
    public Loan lend() {
        if (loan != null) throw new IllegalStateException("bytes of this log are lent already");
        List<ByteBuffer> pieces = new ArrayList<>(count);
        forEachChunk(
                start,
                end,
                (buffer, index, length) ->
                        pieces.add(buffer.duplicate().limit(index + length).position(index)));
        Loan fresh = new Loan(this, pieces, Arrays.copyOf(chunks, count));
        loan = fresh;
        return fresh;
    }

    /** Whether there is a loan. */
    public boolean isLent() {
        return loan != null;
    }

    /** A loan is over: its chunks that were given up meanwhile are free now. */
    void returned(int[] givenUp, boolean smallFirst) {
        loan = null;
        for (int i = 0; i < givenUp.length; i++) free(givenUp[i], i == 0 && smallFirst);
    }

    /** Gives up all bytes; the log goes on at its end. */
    public void clear() {
        reset(end);
    }

    /** Gives up all bytes; the log goes on at {@code offset}. */
    public void reset(long offset) {
        requireOffset(offset);
        drop(count);
        if (chunks.length > FIRST_CAPACITY) chunks = NO_CHUNKS;
        base = offset;
        start = offset;
        end = offset;
    }

    private boolean reserve(int length) {
        int before = count;
        while (base + capacity() < end + length) {
            boolean small = count == 0 && length <= ChunkPool.SMALL;
            int handle = small ? pool.takeSmall() : pool.takeLarge();
            if (handle == ChunkPool.NONE) {
                giveBackFrom(before);
                return false;
            }
            if (count == 0) firstIsSmall = small;
            if (count == chunks.length) chunks = Arrays.copyOf(chunks, Math.max(FIRST_CAPACITY, 2 * count));
            chunks[count++] = handle;
        }
        return true;
    }

    private void giveBackFrom(int kept) {
        while (count > kept) give(--count);
    }

    private void drop(int leading) {
        if (leading == 0) return;
        base = chunkEnd(leading - 1);
        for (int i = 0; i < leading; i++) give(i);
        count -= leading;
        System.arraycopy(chunks, leading, chunks, 0, count);
        firstIsSmall = false;
    }

    private void give(int chunk) {
        boolean small = chunk == 0 && firstIsSmall;
        if (loan == null || !loan.keep(chunks[chunk], small)) free(chunks[chunk], small);
    }

    private void free(int handle, boolean small) {
        if (small) pool.giveSmall(handle);
        else pool.giveLarge(handle);
    }

    private void put(long offset, ByteBuffer src, int index, int length) {
        int done = 0;
        while (done < length) {
            int chunk = chunkOf(offset + done);
            int piece = (int) Math.min(length - done, chunkEnd(chunk) - offset - done);
            pool.buffer(chunks[chunk]).put(indexOf(chunk, offset + done), src, index + done, piece);
            done += piece;
        }
    }

    private static void requireOffset(long offset) {
        if (offset < 0 || offset > MAX_OFFSET) throw new IllegalArgumentException("offset " + offset);
    }

    private void requireRetained(long from, long to) {
        if (from < start || to > end || from > to)
            throw new IndexOutOfBoundsException(
                    "bytes " + from + " to " + to + ", retained are " + start + " to " + end);
    }

    private int firstBytes() {
        return firstIsSmall ? ChunkPool.SMALL : ChunkPool.LARGE;
    }

    private long capacity() {
        return count == 0 ? 0 : firstBytes() + (long) (count - 1) * ChunkPool.LARGE;
    }

    private int chunkOf(long offset) {
        long from = offset - base - firstBytes();
        return from < 0 ? 0 : 1 + (int) (from / ChunkPool.LARGE);
    }

    private long chunkEnd(int chunk) {
        return base + firstBytes() + (long) chunk * ChunkPool.LARGE;
    }

    private int indexOf(int chunk, long offset) {
        long chunkStart = chunk == 0 ? base : chunkEnd(chunk - 1);
        return pool.index(chunks[chunk]) + (int) (offset - chunkStart);
    }
}
