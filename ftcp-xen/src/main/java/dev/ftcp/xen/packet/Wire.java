package dev.ftcp.xen.packet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Numbers in network order at absolute indexes, whatever the byte order of the buffer, the protocol numbers around them, and
 * the Internet checksum (RFC 1071).
 */
final class Wire {
    /** Ethernet II: destination, source, type. */
    static final int ETH_DST = 0, ETH_SRC = 6, ETH_TYPE = 12, ETH_BYTES = 14;

    static final int ETH_P_ALL = 0x0003, ETH_P_IP = 0x0800, ETH_P_ARP = 0x0806, ETH_P_IPV6 = 0x86DD;
    static final int PROTO_TCP = 6, PROTO_ICMPV6 = 58;

    /** IPv4 without options (RFC 791, section 3.1): offsets within the header. */
    static final int IP4_TOTAL = 2,
            IP4_FRAGMENT = 6,
            IP4_TTL = 8,
            IP4_PROTO = 9,
            IP4_SUM = 10,
            IP4_SRC = 12,
            IP4_DST = 16;

    static final int IP4_BYTES = 20;

    /** IPv6 (RFC 8200, section 3): offsets within the header. */
    static final int IP6_PAYLOAD = 4, IP6_NEXT = 6, IP6_HOPS = 7, IP6_SRC = 8, IP6_DST = 24, IP6_BYTES = 40;

    /** TCP (RFC 9293, section 3.1): offsets within the header. */
    static final int TCP_SPORT = 0,
            TCP_DPORT = 2,
            TCP_SEQ = 4,
            TCP_ACK = 8,
            TCP_OFFSET = 12,
            TCP_FLAGS = 13,
            TCP_WINDOW = 14;

    static final int TCP_SUM = 16, TCP_BYTES = 20, TCP_MAX_OPTIONS = 40;

    /** Option kinds (RFC 9293, 2018, 7323). */
    static final int OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_WSCALE = 3, OPT_SACK_OK = 4, OPT_SACK = 5, OPT_TS = 8;

    /** The high half of an IPv4-mapped address's low 64 bits. */
    static final long V4_MAPPED = 0xFFFFL << 32;

    static final long BROADCAST_MAC = 0xFFFF_FFFF_FFFFL;

    private Wire() {}

    static int u8(ByteBuffer b, int i) {
        return b.get(i) & 0xFF;
    }

    static int u16(ByteBuffer b, int i) {
        int v = b.getShort(i) & 0xFFFF;
        return b.order() == ByteOrder.BIG_ENDIAN ? v : Short.reverseBytes((short) v) & 0xFFFF;
    }

    static int u32(ByteBuffer b, int i) {
        int v = b.getInt(i);
        return b.order() == ByteOrder.BIG_ENDIAN ? v : Integer.reverseBytes(v);
    }

    static long u48(ByteBuffer b, int i) {
        return (long) u16(b, i) << 32 | (u32(b, i + 2) & 0xFFFFFFFFL);
    }

    static long u64(ByteBuffer b, int i) {
        long v = b.getLong(i);
        return b.order() == ByteOrder.BIG_ENDIAN ? v : Long.reverseBytes(v);
    }

    static void put16(ByteBuffer b, int i, int v) {
        b.putShort(i, b.order() == ByteOrder.BIG_ENDIAN ? (short) v : Short.reverseBytes((short) v));
    }

    static void put32(ByteBuffer b, int i, int v) {
        b.putInt(i, b.order() == ByteOrder.BIG_ENDIAN ? v : Integer.reverseBytes(v));
    }

    static void put48(ByteBuffer b, int i, long v) {
        put16(b, i, (int) (v >>> 32));
        put32(b, i + 2, (int) v);
    }

    static void put64(ByteBuffer b, int i, long v) {
        b.putLong(i, b.order() == ByteOrder.BIG_ENDIAN ? v : Long.reverseBytes(v));
    }

    /** One's complement sum of the big-endian 16-bit words of a range, folded to 16 bits; an odd last byte is padded with zero. */
    static int sum(ByteBuffer b, int index, int length) {
        long sum = 0;
        int i = index;
        int end = index + length;
        for (; i + 8 <= end; i += 8) {
            long v = b.getLong(i);
            sum += (v >>> 32) + (v & 0xFFFFFFFFL);
        }
        for (; i + 2 <= end; i += 2) sum += b.getShort(i) & 0xFFFF;
        boolean big = b.order() == ByteOrder.BIG_ENDIAN;
        if (i < end) sum += big ? u8(b, i) << 8 : u8(b, i);
        int folded = fold(sum);
        // The sum commutes with a swap of bytes (RFC 1071, section 2B), so words are read in the buffer's own order.
        return big ? folded : Short.reverseBytes((short) folded) & 0xFFFF;
    }

    /** Folds carries into 16 bits. */
    static int fold(long sum) {
        long s = sum;
        while (s >>> 16 != 0) s = (s & 0xFFFF) + (s >>> 16);
        return (int) s;
    }

    /**
     * Sum over a TCP or ICMPv6 message and its pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1), the checksum field
     * included: 0xFFFF if that is right.
     *
     * @param addresses index of source and destination address, which lie side by side
     * @param addressBytes 8 for IPv4, 32 for IPv6
     */
    static int pseudoSum(ByteBuffer b, int addresses, int addressBytes, int protocol, int message, int length) {
        long sum = (long) sum(b, addresses, addressBytes) + protocol + (length >>> 16) + (length & 0xFFFF);
        return fold(sum + sum(b, message, length));
    }
}
