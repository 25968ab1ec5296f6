package dev.ftcp.core.ring;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The producer's end of a lane. Order of calls for each record: {@link #tryClaim}, fill {@link #buffer()}, {@link #commit}; then
 * one {@link #publish} makes everything committed so far visible at once, and {@link #needsDoorbell} says whether the consumer
 * has to be woken. One thread.
 *
 * <p>The consumer's head is read from shared memory, and is checked before it is believed: it can't make this side overwrite
 * what is not consumed by more than the consumer itself allows, or block it without {@link #freeBytes()} showing it.
 */
public final class RingWriter {
    private final Region region;
    private final int lane;
    private final ByteBuffer control;
    private final ByteBuffer data;
    private final int capacity;
    private final int maxRecord;

    /** Own copies: head as last believed, end of what is visible, end of what is committed. */
    private long head;

    private long published;
    private long committed;
    private long records;
    private long refused;

    private boolean claimed;
    private int claimIndex;
    private long claimHeader;
    private long claimEnd;
    private @Nullable RingCorruptException corrupt;

    RingWriter(Region region, int lane, ByteBuffer control, ByteBuffer data) {
        this.region = region;
        this.lane = lane;
        this.control = control;
        this.data = data;
        this.capacity = data.capacity();
        this.maxRecord = RegionLayout.maxRecord(capacity);
        this.head = Words.acquire(control, RegionLayout.HEAD_AT);
        this.published = Words.acquire(control, RegionLayout.TAIL_AT);
        this.committed = published;
        this.records = control.getLong(RegionLayout.PUBLISHED_AT);
        this.refused = control.getLong(RegionLayout.REFUSED_AT);
        Cursors.check(lane, head, published, capacity);
    }

    /**
     * Reserves room for one record. A claim that was not committed is given up by the next one.
     *
     * @param type 1 to {@link RegionLayout#MAX_TYPE}
     * @param length payload bytes, 0 to {@link #maxRecord()}
     * @return index of the payload in {@link #buffer()}, 8-byte aligned, or −1 if the ring is full: publish what is committed,
     *     so that the consumer can make room
     * @throws RingCorruptException if the consumer's head makes no sense; sticky
     */
    public int tryClaim(int type, int length) {
        requireUsable();
        if (type < 1 || type > RegionLayout.MAX_TYPE) throw new IllegalArgumentException("record type " + type);
        if (length < 0 || length > maxRecord)
            throw new IllegalArgumentException("record of " + length + " bytes, at most " + maxRecord);
        claimed = false;
        int need = RegionLayout.recordBytes(length);
        int index = (int) committed & (capacity - 1);
        int rest = capacity - index;
        int padding = rest < need ? rest : 0;
        long end = committed + padding + need;
        if (end - head > capacity && end - readHead() > capacity) {
            Words.release(control, RegionLayout.REFUSED_AT, ++refused);
            return -1;
        }
        if (padding > 0) {
            data.putLong(index, RegionLayout.header(RegionLayout.PADDING, padding - RegionLayout.RECORD_HEADER));
            index = 0;
        }
        claimed = true;
        claimIndex = index;
        claimHeader = RegionLayout.header(type, length);
        claimEnd = end;
        return index + RegionLayout.RECORD_HEADER;
    }

    /** The lane's data, little-endian; write only at the claimed index, with absolute access. */
    public ByteBuffer buffer() {
        return data;
    }

    /** The claimed record is filled. It becomes visible with the next {@link #publish}. */
    public void commit() {
        if (!claimed) throw new IllegalStateException("nothing is claimed");
        data.putLong(claimIndex, claimHeader);
        committed = claimEnd;
        records++;
        claimed = false;
    }

    /**
     * Makes every committed record visible, with one release-store.
     *
     * @return whether there was anything to publish
     */
    public boolean publish() {
        requireUsable();
        if (committed == published) return false;
        control.putLong(RegionLayout.PUBLISHED_AT, records);
        published = committed;
        Words.release(control, RegionLayout.TAIL_AT, published);
        return true;
    }

    /**
     * Whether the consumer sleeps and must be woken; clears its flag, so that one sleep is answered by one doorbell. To be called
     * after {@link #publish}: the fence between the tail and the flag, together with the one in
     * {@link RingReader#prepareSleep}, makes sure that either this side sees the flag or the consumer sees the record.
     */
    public boolean needsDoorbell() {
        requireUsable();
        VarHandle.fullFence();
        return Words.acquire(control, RegionLayout.SLEEPING_AT) != 0
                && Words.getAndSet(control, RegionLayout.SLEEPING_AT, 0) != 0;
    }

    /** End of what is visible to the consumer, in bytes since the region was made. */
    public long position() {
        return published;
    }

    /** Bytes that the consumer has taken, read now: all is consumed when it reaches {@link #position()}. */
    public long consumed() {
        requireUsable();
        return readHead();
    }

    /** Free bytes, record headers included, read now. */
    public long freeBytes() {
        requireUsable();
        return capacity - (committed - readHead());
    }

    /** Largest payload of a record. */
    public int maxRecord() {
        return maxRecord;
    }

    /** Data bytes of the lane. */
    public int capacity() {
        return capacity;
    }

    /** Records committed since the region was made. */
    public long records() {
        return records;
    }

    /** Claims refused because the ring was full, since the region was made. */
    public long refused() {
        return refused;
    }

    private long readHead() {
        long now = Words.acquire(control, RegionLayout.HEAD_AT);
        if (now < head || now > published || !RegionLayout.aligned(now)) {
            corrupt = new RingCorruptException("lane " + lane + ": consumer's head is " + now + ", it was " + head
                    + " and the tail is " + published);
            throw corrupt;
        }
        head = now;
        return now;
    }

    private void requireUsable() {
        region.requireLive();
        if (corrupt != null) throw corrupt;
    }
}
