package dev.ftcp.tests.peer;

import dev.ftcp.tests.peer.Segment.Fault;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Segments and ARP messages as Ethernet frames, and back.
 *
 * <pre>
 *   0 destination  6 source  12 type | 14 IPv4: 16 length 23 protocol 24 sum 26 source 30 destination
 *   34 TCP: ports, 38 seq, 42 ack, 46 offset, 47 flags, 48 window, 50 sum, 52 urgent | 54 options | payload
 *   ARP: 20 operation  22 sender MAC  28 sender address  32 target MAC  38 target address
 * </pre>
 */
final class Frames {
    static final int IPV4 = 0x0800, ARP = 0x0806;
    static final int ARP_REQUEST = 1, ARP_REPLY = 2;
    static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};

    private static final int ETH = 14,
            IP_SUM = 24,
            IP_SOURCE = 26,
            IP_TARGET = 30,
            TCP = 34,
            TCP_SUM = 50,
            HEADERS = 54;
    private static final int PROTOCOL_TCP = 6, DONT_FRAGMENT = 0x4000, TTL = 64;
    private static final int ARP_BYTES = 42;

    private Frames() {}

    /** Both ends of a connection; addresses of 4 bytes. */
    record Ends(byte[] address, int port, byte[] vip, int vipPort) {}

    static byte[] of(Ends ends, byte[] sourceMac, byte[] targetMac, Segment s) {
        int end = HEADERS + s.options().length + s.payload().length;
        ByteBuffer b = ByteBuffer.allocate(end);
        b.put(targetMac).put(sourceMac).putShort((short) IPV4);
        b.putShort((short) 0x4500)
                .putShort((short) (end - ETH))
                .putShort((short) 0)
                .putShort((short) DONT_FRAGMENT);
        b.put((byte) TTL)
                .put((byte) PROTOCOL_TCP)
                .putShort((short) 0)
                .put(ends.address)
                .put(ends.vip);
        int ipSum = sum(b, ETH, TCP, 0);
        b.putShort(IP_SUM, (short) (s.fault() == Fault.IP_CHECKSUM ? ipSum + 1 : ipSum));
        b.putShort((short) ends.port)
                .putShort((short) ends.vipPort)
                .putInt(s.seq())
                .putInt(s.ack());
        b.put((byte) ((20 + s.options().length) << 2)).put((byte) s.flags());
        b.putShort((short) s.window()).putShort((short) 0).putShort((short) s.urgent());
        b.put(s.options()).put(s.payload());
        int tcpSum = tcpSum(b, end);
        b.putShort(TCP_SUM, (short) (s.fault() == Fault.TCP_CHECKSUM ? tcpSum + 1 : tcpSum));
        return b.array();
    }

    static byte[] arp(int operation, byte[] senderMac, byte[] sender, byte[] targetMac, byte[] target) {
        ByteBuffer b = ByteBuffer.allocate(ARP_BYTES);
        b.put(targetMac).put(senderMac).putShort((short) ARP);
        b.putShort((short) 1).putShort((short) IPV4).put((byte) 6).put((byte) 4).putShort((short) operation);
        return b.put(senderMac).put(sender).put(targetMac).put(target).array();
    }

    static int type(byte[] frame) {
        return frame.length < ARP_BYTES ? 0 : ByteBuffer.wrap(frame).getShort(12) & 0xFFFF;
    }

    static int arpOperation(byte[] frame) {
        return frame[21];
    }

    static byte[] arpSenderMac(byte[] frame) {
        return Arrays.copyOfRange(frame, 22, 28);
    }

    static byte[] arpSender(byte[] frame) {
        return Arrays.copyOfRange(frame, 28, 32);
    }

    static byte[] arpTarget(byte[] frame) {
        return Arrays.copyOfRange(frame, 38, 42);
    }

    /** An address as a number. */
    static int number(byte[] address) {
        return ByteBuffer.wrap(address).getInt();
    }

    /** What a peer is found by. */
    static long key(int address, int port) {
        return (address & 0xFFFFFFFFL) << 32 | port;
    }

    /** The key of the peer that a TCP frame goes to. */
    static long target(byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        return key(b.getInt(IP_TARGET), b.getShort(TCP + 2) & 0xFFFF);
    }

    /** The segment, or null if this is no TCP frame or one of its checksums is wrong. */
    static @Nullable Segment parse(byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        if (frame.length < HEADERS || b.get(23) != PROTOCOL_TCP || b.get(ETH) != 0x45) return null;
        int end = ETH + (b.getShort(16) & 0xFFFF), data = TCP + (b.get(46) >>> 2 & 0x3C);
        if (end > frame.length || data > end || sum(b, ETH, TCP, 0) != 0 || tcpSum(b, end) != 0) return null;
        return new Segment(
                b.getInt(38),
                b.getInt(42),
                b.get(47) & 0xFF,
                b.getShort(48) & 0xFFFF,
                b.getShort(52) & 0xFFFF,
                Arrays.copyOfRange(frame, HEADERS, data),
                Arrays.copyOfRange(frame, data, end),
                Fault.NONE);
    }

    private static int tcpSum(ByteBuffer b, int end) {
        return sum(b, TCP, end, PROTOCOL_TCP + end - TCP + words(b, IP_SOURCE, TCP));
    }

    /** The Internet checksum (RFC 1071): 0 over what contains a right one. */
    private static int sum(ByteBuffer b, int from, int to, int seed) {
        int sum = seed + words(b, from, to);
        while (sum >>> 16 != 0) sum = (sum & 0xFFFF) + (sum >>> 16);
        return ~sum & 0xFFFF;
    }

    private static int words(ByteBuffer b, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) sum += (b.get(i) & 0xFF) << 8 | (i + 1 < to ? b.get(i + 1) & 0xFF : 0);
        return sum;
    }
}
