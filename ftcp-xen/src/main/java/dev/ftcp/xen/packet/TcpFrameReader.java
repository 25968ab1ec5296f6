package dev.ftcp.xen.packet;

import static dev.ftcp.xen.packet.Wire.*;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;

/**
 * Flyweight over one received or captured Ethernet + IPv4/IPv6 + TCP frame; see {@link FrameWriter} for the layout. Nothing is
 * believed: every length and option is checked against the bytes that are there. Fragments and IPv6 extension headers are not
 * TCP frames here. Not thread-safe; the bytes stay the caller's.
 */
public final class TcpFrameReader {
    private static final int MAX_WSCALE = 14;
    private static final int FRAGMENT_BITS = 0x3FFF;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(64);

    private ByteBuffer frame = NOTHING;
    private int base;
    private boolean v4;
    private int tcp = ETH_BYTES;
    private int payloadIndex;
    private int payloadLength;
    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private boolean timestamps;
    private int tsval;
    private int tsecr;

    /**
     * Points this flyweight at a frame.
     *
     * @param length bytes there are from {@code index} on; a capture may have cut the payload, not the headers
     * @return false if it is no well-formed TCP frame; the getters then mean nothing
     */
    public boolean wrap(ByteBuffer frame, int index, int length) {
        int at = transport(frame, index, length, PROTO_TCP);
        if (at < 0 || at + TCP_BYTES > index + length) return false;
        int headerEnd = at + (u8(frame, at + TCP_OFFSET) >>> 4) * 4;
        if (headerEnd < at + TCP_BYTES || headerEnd > index + length) return false;
        boolean ipv4 = u16(frame, index + ETH_TYPE) == ETH_P_IP;
        int ip = index + ETH_BYTES;
        int declared = ipv4 ? u16(frame, ip + IP4_TOTAL) : u16(frame, ip + IP6_PAYLOAD);
        // 0 is what the kernel writes into a segment of more than 64 KB (BIG TCP): the frame is then as long as it is.
        int end = declared == 0 ? index + length : ip + (ipv4 ? 0 : IP6_BYTES) + declared;
        if (end < headerEnd) return false;
        if (!options(frame, at + TCP_BYTES, headerEnd)) return false;
        this.frame = frame;
        this.base = index;
        this.v4 = ipv4;
        this.tcp = at;
        this.payloadIndex = headerEnd;
        this.payloadLength = end - headerEnd;
        return true;
    }

    /** Sender's Ethernet address. */
    public long sourceMac() {
        return u48(frame, base + ETH_SRC);
    }

    /** Receiver's Ethernet address. */
    public long targetMac() {
        return u48(frame, base + ETH_DST);
    }

    public int seq() {
        return u32(frame, tcp + TCP_SEQ);
    }

    public int ack() {
        return u32(frame, tcp + TCP_ACK);
    }

    /** TCP flags; see {@link FrameWriter}. */
    public int flags() {
        return u8(frame, tcp + TCP_FLAGS);
    }

    /** Whether any of the given flags is set. */
    public boolean has(int flags) {
        return (flags() & flags) != 0;
    }

    /** The window field, unscaled. */
    public int window() {
        return u16(frame, tcp + TCP_WINDOW);
    }

    /** Whether the frame has a timestamps option. */
    public boolean hasTimestamps() {
        return timestamps;
    }

    /** TSval, 0 without a timestamps option. */
    public int tsval() {
        return tsval;
    }

    /** TSecr, 0 without a timestamps option. */
    public int tsecr() {
        return tsecr;
    }

    /** MSS option, 0 without one. */
    public int mss() {
        return mss;
    }

    /** Window scale option, at most 14 (RFC 7323, section 2.3); −1 without one. */
    public int windowScale() {
        return windowScale;
    }

    public boolean sackPermitted() {
        return sackPermitted;
    }

    /** Absolute index of the payload in the buffer given to {@link #wrap}. */
    public int payloadIndex() {
        return payloadIndex;
    }

    /** Payload bytes that the segment has on the wire; a capture may hold fewer. */
    public int payloadLength() {
        return payloadLength;
    }

    /** First sequence number after this segment: SYN and FIN count one each. */
    public int endSeq() {
        int flags = flags();
        return seq() + payloadLength + (flags >>> 1 & 1) + (flags & 1);
    }

    /** The connection, if the client sent this frame. Allocates. */
    public FlowKey keyFromClient() {
        return key(false);
    }

    /** The connection, if the service sent this frame. Allocates. */
    public FlowKey keyFromService() {
        return key(true);
    }

    private FlowKey key(boolean fromService) {
        int ip = base + ETH_BYTES;
        int size = v4 ? 4 : 16;
        int src = ip + (v4 ? IP4_SRC : IP6_SRC);
        int dst = src + size;
        int vip = fromService ? src : dst;
        int client = fromService ? dst : src;
        int vipPort = u16(frame, tcp + (fromService ? TCP_SPORT : TCP_DPORT));
        int clientPort = u16(frame, tcp + (fromService ? TCP_DPORT : TCP_SPORT));
        if (v4) {
            long v = V4_MAPPED | (u32(frame, vip) & 0xFFFFFFFFL);
            long c = V4_MAPPED | (u32(frame, client) & 0xFFFFFFFFL);
            return new FlowKey(0, v, 0, c, vipPort, clientPort);
        }
        return new FlowKey(
                u64(frame, vip), u64(frame, vip + 8), u64(frame, client), u64(frame, client + 8), vipPort, clientPort);
    }

    /** Options of a wrong length are ignored, as Linux does; a list that does not end inside the header is malformed. */
    private boolean options(ByteBuffer b, int from, int end) {
        mss = 0;
        windowScale = -1;
        sackPermitted = false;
        timestamps = false;
        tsval = 0;
        tsecr = 0;
        int i = from;
        while (i < end) {
            int kind = u8(b, i);
            if (kind == OPT_END) return true;
            if (kind == OPT_NOP) {
                i++;
                continue;
            }
            if (i + 2 > end) return false;
            int length = u8(b, i + 1);
            if (length < 2 || i + length > end) return false;
            if (kind == OPT_MSS && length == 4) mss = u16(b, i + 2);
            else if (kind == OPT_WSCALE && length == 3) windowScale = Math.min(u8(b, i + 2), MAX_WSCALE);
            else if (kind == OPT_SACK_OK && length == 2) sackPermitted = true;
            else if (kind == OPT_TS && length == 10) {
                timestamps = true;
                tsval = u32(b, i + 2);
                tsecr = u32(b, i + 6);
            }
            i += length;
        }
        return true;
    }

    /** Index of the transport header of an unfragmented IP frame of that protocol, or −1; it may lie at or past the end. */
    static int transport(ByteBuffer b, int index, int length, int protocol) {
        if (index < 0 || length < ETH_BYTES + IP4_BYTES || length > b.limit() - index) return -1;
        int ip = index + ETH_BYTES;
        int type = u16(b, index + ETH_TYPE);
        if (type == ETH_P_IP) {
            int first = u8(b, ip);
            int headerBytes = (first & 0xF) * 4;
            if (first >>> 4 != 4 || headerBytes < IP4_BYTES || u8(b, ip + IP4_PROTO) != protocol) return -1;
            if ((u16(b, ip + IP4_FRAGMENT) & FRAGMENT_BITS) != 0) return -1;
            return ip + headerBytes;
        }
        if (type != ETH_P_IPV6 || length < ETH_BYTES + IP6_BYTES) return -1;
        return u8(b, ip) >>> 4 == 6 && u8(b, ip + IP6_NEXT) == protocol ? ip + IP6_BYTES : -1;
    }
}
