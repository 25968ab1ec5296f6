package dev.ftcp.xen.tcprepair;

import dev.ftcp.core.tcp.FlowKey;

/**
 * The state that a re-created connection starts from.
 *
 * @param key local (VIP) and remote (client) address and port
 * @param sndNxt sequence number of the next byte to the client: the client's own rcv_nxt, as its answer to the probe told. An older
 *     one deadlocks, for the client's acknowledgements then lie beyond snd_nxt and are dropped
 * @param rcvNxt sequence number of the next byte from the client: everything before it is committed
 * @param sndWnd the client's receive window in bytes, 0 or more
 * @param rcvWnd the window that was promised to the client, in bytes from {@code rcvNxt}; the right edge never moves left
 * @param mss the client's MSS option (not reduced by timestamps); 536 for IPv4 or 1220 for IPv6 if it sent none
 * @param sndWindowScale shift of the client's window field; −1 if window scaling was not negotiated
 * @param rcvWindowScale shift of our window field; −1 if window scaling was not negotiated
 * @param sack whether SACK was negotiated
 * @param timestamps whether timestamps were negotiated
 * @param tsval the next TSval at the earliest: at least the last one that the client may have seen, in the primary's clock
 * @param sendBuffer SO_SNDBUF in bytes, which ends its auto-tuning; 0 leaves that to the kernel
 */
public record RestoreSpec(
        FlowKey key,
        int sndNxt,
        int rcvNxt,
        int sndWnd,
        int rcvWnd,
        int mss,
        int sndWindowScale,
        int rcvWindowScale,
        boolean sack,
        boolean timestamps,
        int tsval,
        int sendBuffer) {
    private static final int MAX_SCALE = 14;
    private static final int MIN_MSS = 1;
    private static final int MAX_MSS = 65535;

    /** Checks ranges. */
    public RestoreSpec {
        if (sndWnd < 0 || rcvWnd < 0) throw new IllegalArgumentException("negative window of " + key);
        if (mss < MIN_MSS || mss > MAX_MSS) throw new IllegalArgumentException("MSS " + mss + " of " + key);
        if (sndWindowScale < 0 != rcvWindowScale < 0)
            throw new IllegalArgumentException("window scaling is negotiated by both sides or by none: " + key);
        if (sndWindowScale > MAX_SCALE || rcvWindowScale > MAX_SCALE)
            throw new IllegalArgumentException("window scale above 14 of " + key);
        if (sendBuffer < 0) throw new IllegalArgumentException("negative send buffer of " + key);
    }
}
