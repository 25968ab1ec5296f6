package dev.ftcp.core.ring;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's end of a lane. Trusts nothing that it reads: the tail and every header are copied once and checked against
 * own bounds before use, so that whatever the producer writes, a poll ends after at most one lap and stays inside the lane. One
 * thread.
 */
public final class RingReader {
    private final Region region;
    private final int lane;
    private final ByteBuffer control;
    private final ByteBuffer data;
    private final int capacity;
    private final int maxRecord;
    /** Own copy; the shared one is only written. */
    private long head;

    private long records;
    private @Nullable RingCorruptException corrupt;

    RingReader(Region region, int lane, ByteBuffer control, ByteBuffer data) {
        this.region = region;
        this.lane = lane;
        this.control = control;
        this.data = data;
        this.capacity = data.capacity();
        this.maxRecord = RegionLayout.maxRecord(capacity);
        this.head = Words.acquire(control, RegionLayout.HEAD_AT);
        this.records = control.getLong(RegionLayout.CONSUMED_AT);
        Cursors.check(lane, head, Words.acquire(control, RegionLayout.TAIL_AT), capacity);
    }

    /**
     * Gives up to {@code limit} records to the handler, in order, and frees their room with one release-store at the end. A record
     * whose handler returns false or throws is not consumed.
     *
     * @return records handled
     * @throws RingCorruptException if the producer wrote nonsense, or the handler says so; sticky
     */
    public int poll(RecordHandler handler, int limit) {
        requireUsable();
        long position = head;
        int handled = 0;
        try {
            long tail = readTail();
            while (position < tail && handled < limit) {
                int index = (int) position & (capacity - 1);
                long header = data.getLong(index);
                int type = RegionLayout.headerType(header);
                int length = RegionLayout.headerLength(header);
                checkRecord(position, index, type, length, tail);
                if (type != RegionLayout.PADDING) {
                    if (!handler.onRecord(type, data, index + RegionLayout.RECORD_HEADER, length)) break;
                    handled++;
                }
                position += RegionLayout.recordBytes(length);
            }
        } catch (RingCorruptException e) {
            corrupt = e;
            throw e;
        } finally {
            release(position, handled);
        }
        return handled;
    }

    /** Whether nothing is to be read now. */
    public boolean isEmpty() {
        requireUsable();
        return tailOrFail() == head;
    }

    /**
     * Says that this side is going to sleep until the doorbell rings.
     *
     * @return true if the ring is empty and a doorbell is sure to ring for the next record; false if there is something to read
     */
    public boolean prepareSleep() {
        requireUsable();
        Words.release(control, RegionLayout.SLEEPING_AT, 1);
        // The flag must be visible before the tail is read again: see RingWriter.needsDoorbell.
        VarHandle.fullFence();
        if (tailOrFail() == head) return true;
        awake();
        return false;
    }

    /** This side no longer sleeps: no doorbell is needed. */
    public void awake() {
        requireUsable();
        Words.release(control, RegionLayout.SLEEPING_AT, 0);
    }

    /** Bytes taken since the region was made. */
    public long position() {
        return head;
    }

    /** Bytes that are waiting, record headers included, read now. */
    public long backlog() {
        requireUsable();
        return tailOrFail() - head;
    }

    /** Records taken since the region was made. */
    public long records() {
        return records;
    }

    /** Largest payload that the producer may write. */
    public int maxRecord() {
        return maxRecord;
    }

    private void release(long position, int handled) {
        if (position == head) return;
        head = position;
        records += handled;
        control.putLong(RegionLayout.CONSUMED_AT, records);
        Words.release(control, RegionLayout.HEAD_AT, position);
    }

    private long tailOrFail() {
        try {
            return readTail();
        } catch (RingCorruptException e) {
            corrupt = e;
            throw e;
        }
    }

    private long readTail() {
        long tail = Words.acquire(control, RegionLayout.TAIL_AT);
        Cursors.check(lane, head, tail, capacity);
        return tail;
    }

    private void checkRecord(long position, int index, int type, int length, long tail) {
        // The length first: only a sane one can be added to anything.
        int rest = capacity - index;
        boolean padding = type == RegionLayout.PADDING;
        boolean ok = length >= 0
                && (padding
                        ? length == rest - RegionLayout.RECORD_HEADER
                        : length <= maxRecord
                                && RegionLayout.recordBytes(length) <= rest
                                && type >= 1
                                && type <= RegionLayout.MAX_TYPE)
                && RegionLayout.recordBytes(length) <= tail - position;
        if (!ok)
            throw new RingCorruptException("lane " + lane + ": record of type " + type + " and length " + length
                    + " at position " + position + " cannot be, tail is " + tail + ", " + rest
                    + " bytes to the end of the lane");
    }

    private void requireUsable() {
        region.requireLive();
        if (corrupt != null) throw corrupt;
    }
}
