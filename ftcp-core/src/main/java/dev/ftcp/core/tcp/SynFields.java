package dev.ftcp.core.tcp;

/**
 * What a SYN or SYN-ACK says about its connection (RFC 9293, 7323, 2018).
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
 * @param sourceMac sender's Ethernet address, the low 48 bits
 * @param targetMac receiver's Ethernet address, the low 48 bits
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
        long targetMac) {}
