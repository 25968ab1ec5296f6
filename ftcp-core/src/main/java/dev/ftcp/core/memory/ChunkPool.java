package dev.ftcp.core.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Bounded off-heap memory for {@link ByteLog}s, in chunks of two sizes: large ones, and small ones that are cut from a large one so
 * that a connection with few bytes to keep costs little.
 *
 * <pre>
 *   slab of 256 KiB, made when first needed, kept for ever
 *   +---------+---------+---------+-- ... --+---------+
 *   | page 0  | page 1  | page 2  |         | page 15 |   a page is one large chunk
 *   +---------+---------+---------+-- ... --+---------+
 *             |s|s|s|...|s|                               or 16 small chunks
 *
 *   handle of a chunk = index of its first 1 KiB unit, over all slabs
 * </pre>
 *
 * A page whose small chunks are all free is a free page again. Free pages are a stack, so that warm memory is reused; pages with some
 * small chunks free are a doubly linked list. Everything is O(1). Memory comes from the JVM's direct memory: its limit
 * (-XX:MaxDirectMemorySize) must be above the pool's; if it is not, the pool is full earlier. One thread.
 */
public final class ChunkPool {
    /** Sizes of chunks in bytes. */
    public static final int LARGE = 16 << 10, SMALL = 1 << 10;

    static final int NONE = -1;

    private static final int SLAB = 256 << 10;
    private static final int PAGES_PER_SLAB = SLAB / LARGE;
    private static final int UNITS_PER_PAGE = LARGE / SMALL;
    private static final int UNITS_PER_SLAB = SLAB / SMALL;
    private static final int ALL_FREE = (1 << UNITS_PER_PAGE) - 1;

    private final int maxPages;
    private ByteBuffer[] slabs = new ByteBuffer[0];
    private int usedPages;

    private int[] freePages = new int[0];
    private int freeCount;

    /** Of pages that are cut: bit map of free units, and neighbours in the list of those that have one. */
    private int[] freeUnits = new int[0];

    private int[] next = new int[0];
    private int[] previous = new int[0];
    private int partial = NONE;

    /**
     * A pool of at most {@code limitBytes}, rounded down to {@link #LARGE}.
     *
     * @param limitBytes {@link #LARGE} to 1 TiB
     */
    public ChunkPool(long limitBytes) {
        long pages = limitBytes / LARGE;
        if (pages < 1 || pages > Integer.MAX_VALUE / UNITS_PER_PAGE / 2)
            throw new IllegalArgumentException("pool of " + limitBytes + " bytes");
        this.maxPages = (int) pages;
    }

    /** Bytes of the pages in use; a page that is cut counts as a whole. */
    public long usedBytes() {
        return (long) usedPages * LARGE;
    }

    /** Most bytes that can be in use. */
    public long limitBytes() {
        return (long) maxPages * LARGE;
    }

    /** Bytes taken from the operating system so far. */
    public long reservedBytes() {
        return (long) slabs.length * SLAB;
    }

    /** Takes a large chunk, or returns {@link #NONE} if the pool is full. */
    int takeLarge() {
        int page = takePage();
        return page == NONE ? NONE : page * UNITS_PER_PAGE;
    }

    /** Takes a small chunk, or returns {@link #NONE} if the pool is full. */
    int takeSmall() {
        if (partial == NONE) {
            int fresh = takePage();
            if (fresh == NONE) return NONE;
            freeUnits[fresh] = ALL_FREE;
            link(fresh);
        }
        int page = partial;
        int bit = Integer.lowestOneBit(freeUnits[page]);
        freeUnits[page] &= ~bit;
        if (freeUnits[page] == 0) unlink(page);
        return page * UNITS_PER_PAGE + Integer.numberOfTrailingZeros(bit);
    }

    void giveLarge(int handle) {
        givePage(handle / UNITS_PER_PAGE);
    }

    void giveSmall(int handle) {
        int page = handle / UNITS_PER_PAGE;
        int bit = 1 << (handle % UNITS_PER_PAGE);
        if ((freeUnits[page] & bit) != 0)
            throw new IllegalStateException("small chunk " + handle + " given back twice");
        if (freeUnits[page] == 0) link(page);
        freeUnits[page] |= bit;
        if (freeUnits[page] != ALL_FREE) return;
        unlink(page);
        freeUnits[page] = 0;
        givePage(page);
    }

    /** The slab that holds a chunk. */
    ByteBuffer buffer(int handle) {
        return slabs[handle / UNITS_PER_SLAB];
    }

    /** Index of a chunk's first byte in {@link #buffer}. */
    int index(int handle) {
        return handle % UNITS_PER_SLAB * SMALL;
    }

    private int takePage() {
        if (usedPages == maxPages || freeCount == 0 && !addSlab()) return NONE;
        usedPages++;
        return freePages[--freeCount];
    }

    private void givePage(int page) {
        usedPages--;
        freePages[freeCount++] = page;
    }

    private boolean addSlab() {
        ByteBuffer slab;
        try {
            slab = ByteBuffer.allocateDirect(SLAB).order(ByteOrder.LITTLE_ENDIAN);
        } catch (OutOfMemoryError e) {
            // The JVM's limit of direct memory, not its heap: a full pool leaves one connection unprotected instead of
            // ending the daemon.
            return false;
        }
        int first = slabs.length * PAGES_PER_SLAB;
        int pages = first + PAGES_PER_SLAB;
        slabs = Arrays.copyOf(slabs, slabs.length + 1);
        slabs[slabs.length - 1] = slab;
        freePages = Arrays.copyOf(freePages, pages);
        freeUnits = Arrays.copyOf(freeUnits, pages);
        next = Arrays.copyOf(next, pages);
        previous = Arrays.copyOf(previous, pages);
        for (int page = pages - 1; page >= first; page--) freePages[freeCount++] = page;
        return true;
    }

    private void link(int page) {
        previous[page] = NONE;
        next[page] = partial;
        if (partial != NONE) previous[partial] = page;
        partial = page;
    }

    private void unlink(int page) {
        int before = previous[page];
        int after = next[page];
        if (before == NONE) partial = after;
        else next[before] = after;
        if (after != NONE) previous[after] = before;
    }
}
