package dev.ftcp.xen.packet;

import static dev.ftcp.xen.packet.Wire.*;

import dev.ftcp.core.tcp.FlowKey;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Frames of ARP (RFC 826, 5227) and IPv6 neighbour discovery (RFC 4861, 4862) about one address, built in one direct buffer, and what
 * a received one says about it.
 *
 * <pre>
 *   ARP   14 htype ptype  18 hlen plen op  22 sender MAC  28 sender IP  32 target MAC  38 target IP  42
 *   ND    14 IPv6 header  54 type code sum  58 flags  62 target address  78 option type, length, MAC  86
 * </pre>
 *
 * Not thread-safe.
 */
final class AddressFrames {
    static final int ARP_REQUEST = 1, ARP_REPLY = 2, NEIGHBOR_SOLICIT = 135, NEIGHBOR_ADVERT = 136;
    private static final int ARP_OP = 20,
            ARP_SENDER_MAC = 22,
            ARP_SENDER_IP = 28,
            ARP_TARGET_MAC = 32,
            ARP_TARGET_IP = 38;
    private static final int ARP_BYTES = 42;
    private static final int ARP_HTYPE_PTYPE = 1 << 16 | ETH_P_IP, ARP_LENGTHS = 6 << 8 | 4;
    private static final int ND_TYPE = ETH_BYTES + IP6_BYTES,
            ND_FLAGS = 58,
            ND_TARGET = 62,
            ND_OPTION = 78,
            ND_BYTES = 86;
    private static final int ND_OVERRIDE = 1 << 29, TARGET_MAC_OPTION = 2, ND_HOPS = 255;
    private static final long ALL_NODES_MAC = 0x3333_0000_0001L, SOLICITED_MAC = 0x3333_FF00_0000L;
    private static final long LINK_SCOPE = 0xFF02L << 48, SOLICITED_LOW = 0x1_FF00_0000L;
    private static final long LOW_24 = 0xFF_FFFFL;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(ND_BYTES);
    private final long mac;
    private final boolean v4;
    private final long hi;
    private final long lo;

    AddressFrames(InetAddress address, long mac) {
        this.mac = mac;
        v4 = address instanceof Inet4Address;
        ByteBuffer raw = ByteBuffer.wrap(FlowKey.mapped(address));
        hi = raw.getLong(0);
        lo = raw.getLong(8);
    }

    boolean isV4() {
        return v4;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Ethernet group that solicitations for this address go to. */
    long solicitedMac() {
        return SOLICITED_MAC | (lo & LOW_24);
    }

    /** Ethernet group of all nodes, which answers to an unspecified asker go to. */
    long allNodesMac() {
        return ALL_NODES_MAC;
    }

    /** "This address is here": ARP of the given kind, broadcast, sender and target the same. */
    int announceArp(int op) {
        return arp(op, (int) lo, op == ARP_REPLY ? Mac.BROADCAST : 0);
    }

    /** "Does anybody have it?" with sender address 0, so that no cache changes (RFC 5227, section 2.1.1). */
    int probeArp() {
        return arp(ARP_REQUEST, 0, 0);
    }

    /** Unsolicited advertisement to all nodes that overrides what they remember (RFC 4861, section 7.2.6). */
    int announceNeighbor() {
        return neighbor(NEIGHBOR_ADVERT, ALL_NODES_MAC, hi, lo, 1L, ND_OVERRIDE, true);
    }

    /** Solicitation from the unspecified address, as in duplicate address detection (RFC 4862, section 5.4.2). */
    int probeNeighbor() {
        return neighbor(NEIGHBOR_SOLICIT, solicitedMac(), 0, 0, SOLICITED_LOW | (lo & LOW_24), 0, false);
    }

    /** Ethernet address of another station that uses or claims this address according to a received frame; −1 if it does not. */
    long claimant(ByteBuffer b, int length) {
        long other = v4 ? arpClaimant(b, length) : neighborClaimant(b, length);
        return other == mac ? -1 : other;
    }

    private long arpClaimant(ByteBuffer b, int length) {
        if (length < ARP_BYTES || u16(b, ETH_TYPE) != ETH_P_ARP) return -1;
        if (u32(b, ETH_BYTES) != ARP_HTYPE_PTYPE || u16(b, ETH_BYTES + 4) != ARP_LENGTHS) return -1;
        int sender = u32(b, ARP_SENDER_IP);
        boolean uses = sender == (int) lo;
        boolean probes = sender == 0 && u16(b, ARP_OP) == ARP_REQUEST && u32(b, ARP_TARGET_IP) == (int) lo;
        return uses || probes ? u48(b, ARP_SENDER_MAC) : -1;
    }

    private long neighborClaimant(ByteBuffer b, int length) {
        if (length < ND_OPTION || u16(b, ETH_TYPE) != ETH_P_IPV6 || u8(b, ETH_BYTES + IP6_NEXT) != PROTO_ICMPV6)
            return -1;
        if (u8(b, ETH_BYTES + IP6_HOPS) != ND_HOPS || u64(b, ND_TARGET) != hi || u64(b, ND_TARGET + 8) != lo) return -1;
        int type = u8(b, ND_TYPE);
        boolean fromNobody = u64(b, ETH_BYTES + IP6_SRC) == 0 && u64(b, ETH_BYTES + IP6_SRC + 8) == 0;
        return type == NEIGHBOR_ADVERT || (type == NEIGHBOR_SOLICIT && fromNobody) ? u48(b, ETH_SRC) : -1;
    }

    private int arp(int op, int senderIp, long targetMac) {
        put48(buffer, ETH_DST, Mac.BROADCAST);
        put48(buffer, ETH_SRC, mac);
        put16(buffer, ETH_TYPE, ETH_P_ARP);
        put32(buffer, ETH_BYTES, ARP_HTYPE_PTYPE);
        put16(buffer, ETH_BYTES + 4, ARP_LENGTHS);
        put16(buffer, ARP_OP, op);
        put48(buffer, ARP_SENDER_MAC, mac);
        put32(buffer, ARP_SENDER_IP, senderIp);
        put48(buffer, ARP_TARGET_MAC, targetMac);
        put32(buffer, ARP_TARGET_IP, (int) lo);
        return ARP_BYTES;
    }

    private int neighbor(int type, long targetMac, long srcHi, long srcLo, long dstLo, int flags, boolean option) {
        int length = option ? ND_BYTES : ND_OPTION;
        int ip = ETH_BYTES;
        put48(buffer, ETH_DST, targetMac);
        put48(buffer, ETH_SRC, mac);
        put16(buffer, ETH_TYPE, ETH_P_IPV6);
        put32(buffer, ip, 6 << 28);
        put32(buffer, ip + IP6_PAYLOAD, (length - ND_TYPE) << 16 | PROTO_ICMPV6 << 8 | ND_HOPS);
        put64(buffer, ip + IP6_SRC, srcHi);
        put64(buffer, ip + IP6_SRC + 8, srcLo);
        put64(buffer, ip + IP6_DST, LINK_SCOPE);
        put64(buffer, ip + IP6_DST + 8, dstLo);
        put32(buffer, ND_TYPE, type << 24);
        put32(buffer, ND_FLAGS, flags);
        put64(buffer, ND_TARGET, hi);
        put64(buffer, ND_TARGET + 8, lo);
        if (option) {
            put16(buffer, ND_OPTION, TARGET_MAC_OPTION << 8 | 1);
            put48(buffer, ND_OPTION + 2, mac);
        }
        put16(buffer, ND_TYPE + 2, ~pseudoSum(buffer, ip + IP6_SRC, 32, PROTO_ICMPV6, ND_TYPE, length - ND_TYPE));
        return length;
    }
}
