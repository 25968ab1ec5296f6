package dev.ftcp.core.capture;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;

/**
 * Flyweight over one record of the capture ring. The layout is {@code struct ft_rec} of {@code wrap.h}; little-endian.
 *
 * <pre>
 *   0      4      8            12    16    20     24     28    30     32     36     40      48     52         56   96
 *   +------+------+------------+-----+-----+------+------+-----+------+------+------+-------+------+----------+-----+---------
 *   | kind | slot | generation | seq | ack | dlen | cap  |flags| wnd  | tsval| tsecr| time  | info | tsrecent | key | cap bytes
 *   +------+------+------------+-----+-----+------+------+-----+------+------+------+-------+------+----------+-----+---------
 *                                                              of the service's frames: frame u16, gso u16 (at 52)
 * </pre>
 *
 * The bytes belong to the ring: they are valid until {@link CaptureHandler#beforeReuse}. Not thread-safe.
 */
public final class CaptureRecord {
    /** A client's SYN: the captured bytes are the whole frame. */
    public static final int SYN = 1;
    /** The service's SYN-ACK: the captured bytes are the whole frame. */
    public static final int SYN_ACK = 2;
    /** A segment of the client with payload, FIN, RST or URG: the captured bytes are its payload. */
    public static final int CLIENT = 3;
    /**
     * A segment of the service that is wanted, or has FIN or RST: the captured bytes are its payload, or the whole frame if it was
     * swallowed ({@link #frameHeader()}).
     */
    public static final int SERVER = 4;
    /** The service's socket left the ESTABLISHED states because its task dies by a signal; info = signal number. */
    public static final int KILLED = 5;
    /** The service's socket reached CLOSE (which includes the entry to TIME_WAIT). */
    public static final int GONE = 6;
    /** The service's socket is open, and its connection had no slot yet: otherwise the slot says so. */
    public static final int ESTABLISHED = 7;

    /** TCP flag bits (RFC 9293, section 3.1) as in {@link #flags()}. */
    public static final int FIN = 1, SYN_FLAG = 2, RST = 4, PSH = 8, ACK = 16, URG = 32;

    /** Bit of {@link #flags()} beside TCP's: the segment has timestamps. */
    public static final int TIMESTAMPS = 256;

    /** Value of {@link #slot()} when the connection has no slot. */
    public static final int NO_SLOT = -1;

    /** Bytes before the captured ones. */
    public static final int HEADER = 96;

    private static final int KIND = 0, SLOT = 4, GENERATION = 8, SEQ = 12, ACK_SEQ = 16, DLEN = 20, CAP = 24;
    private static final int FLAGS = 28, WINDOW = 30, TSVAL = 32, TSECR = 36, TIME = 40, INFO = 48, TS_RECENT = 52;
    private static final int FRAME = 52, GSO = 54, KEY = 56;

    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int base;

    /** Points this flyweight at the record at {@code offset}; {@code buffer} must be little-endian. */
    public CaptureRecord wrap(ByteBuffer buffer, int offset) {
        this.buffer = buffer;
        this.base = offset;
        return this;
    }

    public int kind() {
        return buffer.getInt(base + KIND);
    }

    public int slot() {
        return buffer.getInt(base + SLOT);
    }

    /** The slot's generation when the segment was seen: tells a late record of an earlier user of the slot. */
    public int generation() {
        return buffer.getInt(base + GENERATION);
    }

    public int seq() {
        return buffer.getInt(base + SEQ);
    }

    public int ack() {
        return buffer.getInt(base + ACK_SEQ);
    }

    /** Payload bytes of the segment, captured or not. */
    public int payloadLength() {
        return buffer.getInt(base + DLEN);
    }

    /** Bytes that follow the header. */
    public int capturedLength() {
        return buffer.getInt(base + CAP);
    }

    public int flags() {
        return buffer.getShort(base + FLAGS) & 0xFFFF;
    }

    public boolean has(int flag) {
        return (flags() & flag) != 0;
    }

    /** The window field, unscaled. */
    public int window() {
        return buffer.getShort(base + WINDOW) & 0xFFFF;
    }

    /** TSval of the segment, 0 if it has no timestamp. */
    public int tsval() {
        return buffer.getInt(base + TSVAL);
    }

    public int tsecr() {
        return buffer.getInt(base + TSECR);
    }

    /** When the wrap saw it, CLOCK_BOOTTIME nanoseconds. */
    public long timeNanos() {
        return buffer.getLong(base + TIME);
    }

    /** Of {@link #KILLED}: the signal. */
    public int info() {
        return buffer.getInt(base + INFO);
    }

    /**
     * Bytes of all headers, if this is a frame of the service that the gate swallowed: then the captured bytes are the whole frame, and it
     * leaves only if the daemon sends it. 0 if it passed by itself.
     */
    public int frameHeader() {
        return kind() == CLIENT ? 0 : buffer.getShort(base + FRAME) & 0xFFFF;
    }

    /** Payload bytes that each segment of a swallowed frame is to carry; 0 if it is one segment. */
    public int segmentSize() {
        return buffer.getShort(base + GSO) & 0xFFFF;
    }

    /** Of {@link #CLIENT} with a slot: the highest acknowledgement that the kernel wanted to send before it got this segment. */
    public int kernelAck() {
        return buffer.getInt(base + INFO);
    }

    /** Of {@link #CLIENT} with a slot: the timestamp that the kernel compares this one's with, 0 if it compares it with none. */
    public int kernelTsRecent() {
        return buffer.getInt(base + TS_RECENT);
    }

    /** Allocates: for openings and connections without a slot only. */
    public FlowKey key() {
        return FlowKey.read(buffer, base + KEY);
    }

    /** The buffer that holds the captured bytes. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Absolute index of the first captured payload byte in {@link #buffer()}. */
    public int payloadIndex() {
        return capturedIndex() + frameHeader();
    }

    /** Payload bytes among the captured ones. */
    public int capturedPayload() {
        return frameHeader() > 0 ? payloadLength() : capturedLength();
    }

    /** Absolute index of the first captured byte in {@link #buffer()}. */
    public int capturedIndex() {
        return base + HEADER;
    }
}
