package dev.ftcp.xen.packet;

import static dev.ftcp.xen.packet.Wire.*;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.lang.ref.Reference;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;

/**
 * A classic BPF program over Ethernet frames (Documentation/networking/filter.rst): a sequence of rules, each a list of comparisons
 * that must all hold for a frame to be accepted. A frame that no rule accepts is dropped in the kernel.
 *
 * <pre>
 *   struct sock_filter  u16 code, u8 jump-if-true, u8 jump-if-false, u32 k
 *   struct sock_fprog   u16 count, 6 bytes of padding, pointer
 * </pre>
 */
final class PacketFilter {
    private static final int LD_W = 0x20, LD_H = 0x28, LD_B = 0x30, JEQ = 0x15, RET = 0x06;
    private static final int SKF_AD_PKTTYPE = -0x1000 + 4;
    private static final int PACKET_OUTGOING = 4;
    private static final int ACCEPT = 0x40000, DROP = 0;
    private static final int INSTRUCTION_BYTES = 8, FPROG_BYTES = 16, FPROG_POINTER = 8;
    private static final int FILTER_LIMIT = 4096;

    private record Test(int load, int offset, int expected) {}

    private final List<List<Test>> rules = new ArrayList<>();

    /** Incoming TCP segments to one of the addresses, without IPv4 options. */
    static PacketFilter tcpTo(List<InetAddress> addresses) {
        PacketFilter f = new PacketFilter();
        for (InetAddress a : addresses) {
            byte[] mapped = FlowKey.mapped(a);
            ByteBuffer raw = ByteBuffer.wrap(mapped);
            if (a instanceof Inet4Address) {
                f.rules.add(List.of(
                        new Test(LD_H, ETH_TYPE, ETH_P_IP),
                        new Test(LD_B, ETH_BYTES + IP4_PROTO, PROTO_TCP),
                        new Test(LD_W, ETH_BYTES + IP4_DST, raw.getInt(12))));
            } else {
                List<Test> rule = new ArrayList<>();
                rule.add(new Test(LD_H, ETH_TYPE, ETH_P_IPV6));
                rule.add(new Test(LD_B, ETH_BYTES + IP6_NEXT, PROTO_TCP));
                for (int i = 0; i < 16; i += 4) rule.add(new Test(LD_W, ETH_BYTES + IP6_DST + i, raw.getInt(i)));
                f.rules.add(rule);
            }
        }
        return f;
    }

    /** Incoming ARP. */
    static PacketFilter arp() {
        PacketFilter f = new PacketFilter();
        f.rules.add(List.of(new Test(LD_H, ETH_TYPE, ETH_P_ARP)));
        return f;
    }

    /** Incoming ICMPv6 of the given types. */
    static PacketFilter icmp6(int... types) {
        PacketFilter f = new PacketFilter();
        for (int type : types)
            f.rules.add(List.of(
                    new Test(LD_H, ETH_TYPE, ETH_P_IPV6),
                    new Test(LD_B, ETH_BYTES + IP6_NEXT, PROTO_ICMPV6),
                    new Test(LD_B, ETH_BYTES + IP6_BYTES, type)));
        return f;
    }

    void attach(int fd) {
        int count = 4;
        for (List<Test> rule : rules) count += 2 * rule.size() + 1;
        if (count > FILTER_LIMIT)
            throw new IllegalArgumentException("packet filter of " + count + " instructions: too many addresses");
        Pointer code = Sys.allocate(count * INSTRUCTION_BYTES);
        ByteBuffer b = Sys.buffer(code, count * INSTRUCTION_BYTES);
        // What this host sends itself passes a packet socket of ETH_P_ALL too: not wanted.
        instruction(b, LD_B, 0, 0, SKF_AD_PKTTYPE);
        instruction(b, JEQ, 0, 1, PACKET_OUTGOING);
        instruction(b, RET, 0, 0, DROP);
        for (List<Test> rule : rules) {
            int left = 2 * rule.size();
            for (Test t : rule) {
                left -= 2;
                instruction(b, t.load, 0, 0, t.offset);
                instruction(b, JEQ, 0, left + 1, t.expected);
            }
            instruction(b, RET, 0, 0, ACCEPT);
        }
        instruction(b, RET, 0, 0, DROP);
        Pointer program = Sys.allocate(FPROG_BYTES);
        program.putShort(0, (short) count);
        program.putLong(FPROG_POINTER, code.address());
        try {
            Sys.check(
                    LibC.INSTANCE.setsockopt(fd, SockOpt.SOL_SOCKET, SockOpt.SO_ATTACH_FILTER, program, FPROG_BYTES),
                    "attach a packet filter");
        } finally {
            Reference.reachabilityFence(code);
        }
    }

    private static void instruction(ByteBuffer b, int code, int ifTrue, int ifFalse, int k) {
        b.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(k);
    }
}
