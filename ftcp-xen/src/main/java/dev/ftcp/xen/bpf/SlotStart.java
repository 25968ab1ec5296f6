package dev.ftcp.xen.bpf;

/**
 * What a slot begins with; sequence numbers as on the wire.
 *
 * @param generation differs from that of the slot's earlier user
 * @param open nothing is clamped (F_OPEN)
 * @param committedAck highest ACK that may leave: the client's initial sequence number + 1, or where a restored connection stands
 * @param windowShift shift of the window that the service announces, 0 to 14 (RFC 7323)
 * @param nextSeq after the highest byte that the service has sent: its initial sequence number + 1 for a new connection
 * @param rightEdge right edge of the window that the client has been promised: ACK + window of the SYN-ACK (never scaled)
 * @param clientTsval newest timestamp of the client, 0 if it sends none
 * @param clientWindow window field of the client's newest segment, unscaled
 */
public record SlotStart(
        int generation,
        boolean open,
        int committedAck,
        int windowShift,
        int nextSeq,
        int rightEdge,
        int clientTsval,
        int clientWindow) {
    public SlotStart {
        if (windowShift < 0 || windowShift > 14)
            throw new IllegalArgumentException("window shift " + windowShift + ": RFC 7323 allows 0 to 14");
    }
}
