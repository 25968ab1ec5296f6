package dev.ftcp.xen.packet;

import static dev.ftcp.xen.packet.Wire.*;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;

/**
 * "Host unreachable" (RFC 792) or "no route to destination" (RFC 4443, section 3.1) about a segment of a client, in one direct buffer.
 *
 * <pre>
 *   IPv4   14 outer header  34 type code sum 0  42 quoted header  62 ports, sequence number  70
 *   IPv6   14 outer header  54 type code sum 0  62 quoted header 102 ports, sequence number 110
 * </pre>
 *
 * Not thread-safe.
 */
final class UnreachableFrame {
    private static final int ICMP_BYTES = 8, QUOTED_TCP_BYTES = 8, PROTO_ICMP = 1, HOPS = 64;
    private static final int HOST_UNREACHABLE = 3 << 24 | 1 << 16, NO_ROUTE = 1 << 24;
    private static final int ICMP4 = ETH_BYTES + IP4_BYTES, QUOTED4 = ICMP4 + ICMP_BYTES, TCP4 = QUOTED4 + IP4_BYTES;
    private static final int ICMP6 = ETH_BYTES + IP6_BYTES, QUOTED6 = ICMP6 + ICMP_BYTES, TCP6 = QUOTED6 + IP6_BYTES;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(TCP6 + QUOTED_TCP_BYTES);

    /** Builds it and returns its length. */
    int build(FlowKey key, long sourceMac, long clientMac, int clientSeq) {
        boolean v4 = key.isIpv4();
        put48(buffer, ETH_DST, clientMac);
        put48(buffer, ETH_SRC, sourceMac);
        put16(buffer, ETH_TYPE, v4 ? ETH_P_IP : ETH_P_IPV6);
        int tcp = v4 ? TCP4 : TCP6;
        put16(buffer, tcp + TCP_SPORT, key.clientPort());
        put16(buffer, tcp + TCP_DPORT, key.vipPort());
        put32(buffer, tcp + TCP_SEQ, clientSeq);
        int end = tcp + QUOTED_TCP_BYTES;
        if (v4) {
            header4(QUOTED4, TCP_BYTES, PROTO_TCP, (int) key.clientLo(), (int) key.vipLo());
            header4(ETH_BYTES, end - ICMP4, PROTO_ICMP, (int) key.vipLo(), (int) key.clientLo());
            put32(buffer, ICMP4, HOST_UNREACHABLE);
            put32(buffer, ICMP4 + 4, 0);
            put16(buffer, ICMP4 + 2, ~sum(buffer, ICMP4, end - ICMP4));
        } else {
            header6(QUOTED6, TCP_BYTES, PROTO_TCP, key.clientHi(), key.clientLo(), key.vipHi(), key.vipLo());
            header6(ETH_BYTES, end - ICMP6, PROTO_ICMPV6, key.vipHi(), key.vipLo(), key.clientHi(), key.clientLo());
            put32(buffer, ICMP6, NO_ROUTE);
            put32(buffer, ICMP6 + 4, 0);
            int sum = pseudoSum(buffer, ETH_BYTES + IP6_SRC, 32, PROTO_ICMPV6, ICMP6, end - ICMP6);
            put16(buffer, ICMP6 + 2, ~sum);
        }
        return end;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    private void header4(int at, int payload, int protocol, int source, int target) {
        put32(buffer, at, 0x45 << 24 | IP4_BYTES + payload);
        put32(buffer, at + 4, 0);
        put32(buffer, at + IP4_TTL, HOPS << 24 | protocol << 16);
        put32(buffer, at + IP4_SRC, source);
        put32(buffer, at + IP4_DST, target);
        put16(buffer, at + IP4_SUM, ~sum(buffer, at, IP4_BYTES));
    }

    private void header6(int at, int payload, int protocol, long srcHi, long srcLo, long dstHi, long dstLo) {
        put32(buffer, at, 6 << 28);
        put32(buffer, at + IP6_PAYLOAD, payload << 16 | protocol << 8 | HOPS);
        put64(buffer, at + IP6_SRC, srcHi);
        put64(buffer, at + IP6_SRC + 8, srcLo);
        put64(buffer, at + IP6_DST, dstHi);
        put64(buffer, at + IP6_DST + 8, dstLo);
    }
}
