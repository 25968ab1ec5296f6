package dev.ftcp.xen.packet;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a captured SYN or SYN-ACK says about its connection (RFC 9293, 7323, 2018).
 *
 * @param key the connection
 * @param fromService true for a SYN-ACK of the service, false for a SYN of the client
 * @param seq initial sequence number of the sender
 * @param ack acknowledgement number; the client's ISN + 1 in a SYN-ACK
 * @param window window field, never scaled in a SYN
 * @param mss MSS option, 0 if absent (then 536 for IPv4, 1220 for IPv6)
 * @param windowScale 0-14, −1 if absent
 * @param sackPermitted whether SACK is permitted
 * @param timestamps whether there is a timestamps option
 * @param tsval its TSval, or 0
 * @param tsecr its TSecr, or 0
 * @param sourceMac sender's Ethernet address
 * @param targetMac receiver's Ethernet address
 */
public record SynFields(
        FlowKey key,
        boolean fromService,
        int seq,
        int ack,
        int window,
        int mss,
        int windowScale,
        boolean sackPermitted,
        boolean timestamps,
        int tsval,
        int tsecr,
        long sourceMac,
        long targetMac) {
    /**
     * Reads a whole captured frame.
     *
     * @return null if it is not a well-formed SYN or SYN-ACK
     */
    public static @Nullable SynFields read(ByteBuffer frame, int index, int length) {
        TcpFrameReader r = new TcpFrameReader();
        if (!r.wrap(frame, index, length)) return null;
        if (!r.has(FrameWriter.SYN) || r.has(FrameWriter.RST | FrameWriter.FIN)) return null;
        boolean fromService = r.has(FrameWriter.ACK);
        return new SynFields(
                fromService ? r.keyFromService() : r.keyFromClient(),
                fromService,
                r.seq(),
                r.ack(),
                r.window(),
                r.mss(),
                r.windowScale(),
                r.sackPermitted(),
                r.hasTimestamps(),
                r.tsval(),
                r.tsecr(),
                r.sourceMac(),
                r.targetMac());
    }
}
