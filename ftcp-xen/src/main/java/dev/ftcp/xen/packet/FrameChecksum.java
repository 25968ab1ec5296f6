package dev.ftcp.xen.packet;

import static dev.ftcp.xen.packet.Wire.*;

import java.nio.ByteBuffer;

/**
 * Checksums of whole frames. A frame that was captured at tc egress has only the pseudo header's sum in its TCP checksum field
 * (CHECKSUM_PARTIAL, Documentation/networking/checksum-offloads): the device would have completed it. Before such a frame is sent
 * through a raw socket, {@link #complete} must do it, or the client drops it silently. Thread-safe.
 */
public final class FrameChecksum {
    private FrameChecksum() {}

    /**
     * Computes the IPv4 header checksum and the TCP checksum from scratch and writes them.
     *
     * @return false, and nothing written, if this is no complete, unfragmented TCP frame
     */
    public static boolean complete(ByteBuffer frame, int index, int length) {
        int tcp = tcpIndex(frame, index, length);
        if (tcp < 0) return false;
        int ip = index + ETH_BYTES;
        if (isV4(frame, index)) {
            put16(frame, ip + IP4_SUM, 0);
            put16(frame, ip + IP4_SUM, ~sum(frame, ip, tcp - ip));
        }
        put16(frame, tcp + TCP_SUM, 0);
        put16(frame, tcp + TCP_SUM, ~tcpSum(frame, index, tcp));
        return true;
    }

    /** Whether the TCP checksum field holds the pseudo header's sum only, so that somebody must complete it. */
    public static boolean isPartial(ByteBuffer frame, int index, int length) {
        int tcp = tcpIndex(frame, index, length);
        if (tcp < 0) return false;
        int ip = index + ETH_BYTES;
        int addresses = isV4(frame, index) ? sum(frame, ip + IP4_SRC, 8) : sum(frame, ip + IP6_SRC, 32);
        return u16(frame, tcp + TCP_SUM) == fold((long) addresses + PROTO_TCP + ipEnd(frame, index) - tcp);
    }

    /** Whether the TCP checksum is right. False too if this is no complete, unfragmented TCP frame. */
    public static boolean isValid(ByteBuffer frame, int index, int length) {
        int tcp = tcpIndex(frame, index, length);
        if (tcp < 0 || tcpSum(frame, index, tcp) != 0xFFFF) return false;
        return !isV4(frame, index) || sum(frame, index + ETH_BYTES, tcp - index - ETH_BYTES) == 0xFFFF;
    }

    private static int tcpSum(ByteBuffer frame, int index, int tcp) {
        int ip = index + ETH_BYTES;
        int end = ipEnd(frame, index);
        return isV4(frame, index)
                ? pseudoSum(frame, ip + IP4_SRC, 8, PROTO_TCP, tcp, end - tcp)
                : pseudoSum(frame, ip + IP6_SRC, 32, PROTO_TCP, tcp, end - tcp);
    }

    private static boolean isV4(ByteBuffer frame, int index) {
        return u16(frame, index + ETH_TYPE) == ETH_P_IP;
    }

    private static int ipEnd(ByteBuffer frame, int index) {
        int ip = index + ETH_BYTES;
        return isV4(frame, index) ? ip + u16(frame, ip + IP4_TOTAL) : ip + IP6_BYTES + u16(frame, ip + IP6_PAYLOAD);
    }

    /** Where the TCP header starts, or −1 unless the whole TCP message lies inside the frame. */
    private static int tcpIndex(ByteBuffer frame, int index, int length) {
        int tcp = TcpFrameReader.transport(frame, index, length, PROTO_TCP);
        if (tcp < 0) return -1;
        int end = ipEnd(frame, index);
        return end > index + length || tcp + TCP_BYTES > end ? -1 : tcp;
    }
}
