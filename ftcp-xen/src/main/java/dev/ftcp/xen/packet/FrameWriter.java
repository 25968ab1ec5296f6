package dev.ftcp.xen.packet;

import static dev.ftcp.xen.packet.Wire.*;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;

/**
 * Builds one Ethernet + IPv4/IPv6 + TCP frame after the other in the same direct buffer, without an allocation.
 *
 * <pre>
 *   0          14                34 or 54    54 or 74
 *   +----------+-----------------+-----------+---------+---------+
 *   | Ethernet | IPv4 (20 bytes) | TCP       | options | payload |
 *   |          | or IPv6 (40)    | (20)      | (0-40)  |         |
 *   +----------+-----------------+-----------+---------+---------+
 * </pre>
 *
 * Order of calls: {@link #toClient} or {@link #toService}, {@link #segment}, options, payload, {@link #finish}. A call out of
 * order, or more than fits, is an {@link IllegalStateException}. Not thread-safe.
 */
public final class FrameWriter {
    /** TCP flags (RFC 9293, section 3.1). */
    public static final int FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16;

    /** SACK blocks that fit beside timestamps (RFC 2018, section 3). */
    public static final int MAX_SACK_BLOCKS = 3;

    private static final int DEFAULT_TTL = 64;
    private static final int DONT_FRAGMENT = 0x4000;

    private final ByteBuffer buffer;
    private boolean v4;
    private int tcp;
    private int sackOption;
    private int payload;
    private int end;

    /** @param capacity bytes of the largest frame; 1514 for an ordinary MTU */
    public FrameWriter(int capacity) {
        if (capacity < ETH_BYTES + IP6_BYTES + TCP_BYTES + TCP_MAX_OPTIONS)
            throw new IllegalArgumentException("frame capacity " + capacity + " does not hold the headers");
        buffer = ByteBuffer.allocateDirect(capacity);
    }

    /** Starts a frame from the service (VIP) to the client. */
    public FrameWriter toClient(FlowKey key, long sourceMac, long targetMac) {
        ip(key, true, sourceMac, targetMac);
        put16(buffer, tcp + TCP_SPORT, key.vipPort());
        put16(buffer, tcp + TCP_DPORT, key.clientPort());
        return this;
    }

    /** Starts a frame from the client to the service (VIP). */
    public FrameWriter toService(FlowKey key, long sourceMac, long targetMac) {
        ip(key, false, sourceMac, targetMac);
        put16(buffer, tcp + TCP_SPORT, key.clientPort());
        put16(buffer, tcp + TCP_DPORT, key.vipPort());
        return this;
    }

    /**
     * The TCP header.
     *
     * @param window the field as it goes on the wire (already scaled), 0-65535
     */
    public FrameWriter segment(int seq, int ack, int flags, int window) {
        if (tcp == 0) throw new IllegalStateException("segment() before toClient() or toService()");
        put32(buffer, tcp + TCP_SEQ, seq);
        put32(buffer, tcp + TCP_ACK, ack);
        put16(buffer, tcp + TCP_OFFSET, flags & 0xFF);
        put16(buffer, tcp + TCP_WINDOW, window);
        put32(buffer, tcp + TCP_SUM, 0);
        end = tcp + TCP_BYTES;
        sackOption = 0;
        payload = 0;
        return this;
    }

    /** Timestamps option (RFC 7323, section 3.2), in the aligned form that fast paths expect. */
    public FrameWriter timestamps(int tsval, int tsecr) {
        int at = option(12);
        put32(buffer, at, OPT_NOP << 24 | OPT_NOP << 16 | OPT_TS << 8 | 10);
        put32(buffer, at + 4, tsval);
        put32(buffer, at + 8, tsecr);
        return this;
    }

    /** One SACK block (RFC 2018): bytes from {@code left} up to, not including, {@code right}. Call again for further blocks. */
    public FrameWriter sack(int left, int right) {
        if (sackOption == 0) {
            sackOption = option(4);
            put32(buffer, sackOption, OPT_NOP << 24 | OPT_NOP << 16 | OPT_SACK << 8 | 2);
        }
        int at = option(8);
        put32(buffer, at, left);
        put32(buffer, at + 4, right);
        buffer.put(sackOption + 3, (byte) (buffer.get(sackOption + 3) + 8));
        return this;
    }

    /**
     * The options of a SYN or SYN-ACK, timestamps excepted.
     *
     * @param windowScale shift 0-14, or −1 for none
     */
    public FrameWriter synOptions(int mss, int windowScale, boolean sackPermitted) {
        put32(buffer, option(4), OPT_MSS << 24 | 4 << 16 | (mss & 0xFFFF));
        if (windowScale >= 0) put32(buffer, option(4), OPT_NOP << 24 | OPT_WSCALE << 16 | 3 << 8 | windowScale);
        if (sackPermitted) put32(buffer, option(4), OPT_NOP << 24 | OPT_NOP << 16 | OPT_SACK_OK << 8 | 2);
        return this;
    }

    /** Appends {@code length} bytes of {@code from} at the absolute index {@code index}. */
    public FrameWriter payload(ByteBuffer from, int index, int length) {
        int at = append(length);
        buffer.put(at, from, index, length);
        return this;
    }

    /** Appends {@code length} zero bytes. */
    public FrameWriter zeros(int length) {
        int at = append(length);
        for (int i = 0; i < length; i++) buffer.put(at + i, (byte) 0);
        return this;
    }

    /** Completes lengths and checksums and returns the length of the frame, which starts at index 0 of {@link #buffer()}. */
    public int finish() {
        if (end == 0) throw new IllegalStateException("finish() before segment()");
        int headerEnd = payload == 0 ? end : payload;
        buffer.put(tcp + TCP_OFFSET, (byte) (((headerEnd - tcp) / 4) << 4));
        if (v4) put16(buffer, ETH_BYTES + IP4_TOTAL, end - ETH_BYTES);
        else put16(buffer, ETH_BYTES + IP6_PAYLOAD, end - tcp);
        FrameChecksum.complete(buffer, 0, end);
        int length = end;
        tcp = 0;
        end = 0;
        return length;
    }

    /** The buffer that holds the frame, valid until the next one is begun. Big-endian, direct. */
    public ByteBuffer buffer() {
        return buffer;
    }

    private void ip(FlowKey key, boolean toClient, long sourceMac, long targetMac) {
        v4 = key.isIpv4();
        put48(buffer, ETH_DST, targetMac);
        put48(buffer, ETH_SRC, sourceMac);
        put16(buffer, ETH_TYPE, v4 ? ETH_P_IP : ETH_P_IPV6);
        int ip = ETH_BYTES;
        if (v4) {
            put32(buffer, ip, 0x45 << 24);
            put32(buffer, ip + 4, DONT_FRAGMENT);
            put32(buffer, ip + IP4_TTL, DEFAULT_TTL << 24 | PROTO_TCP << 16);
            put32(buffer, ip + IP4_SRC, (int) (toClient ? key.vipLo() : key.clientLo()));
            put32(buffer, ip + IP4_DST, (int) (toClient ? key.clientLo() : key.vipLo()));
            tcp = ip + IP4_BYTES;
        } else {
            put32(buffer, ip, 6 << 28);
            put32(buffer, ip + IP6_PAYLOAD, PROTO_TCP << 8 | DEFAULT_TTL);
            put64(buffer, ip + IP6_SRC, toClient ? key.vipHi() : key.clientHi());
            put64(buffer, ip + IP6_SRC + 8, toClient ? key.vipLo() : key.clientLo());
            put64(buffer, ip + IP6_DST, toClient ? key.clientHi() : key.vipHi());
            put64(buffer, ip + IP6_DST + 8, toClient ? key.clientLo() : key.vipLo());
            tcp = ip + IP6_BYTES;
        }
        end = 0;
    }

    private int option(int bytes) {
        if (end == 0 || payload != 0) throw new IllegalStateException("options go between segment() and payload");
        if (end + bytes - tcp > TCP_BYTES + TCP_MAX_OPTIONS)
            throw new IllegalStateException("more than 40 bytes of options");
        int at = end;
        end += bytes;
        return at;
    }

    private int append(int length) {
        if (end == 0) throw new IllegalStateException("payload before segment()");
        if (end + length > buffer.capacity())
            throw new IllegalStateException(
                    "frame of " + (end + length) + " bytes in a buffer of " + buffer.capacity());
        if (payload == 0) payload = end;
        int at = end;
        end += length;
        return at;
    }
}
