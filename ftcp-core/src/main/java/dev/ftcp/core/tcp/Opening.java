package dev.ftcp.core.tcp;

/**
 * What has to be known to re-create a connection, fixed when its SYN-ACK was held back (RFC 9293 section 3.5, options of RFC 7323
 * and RFC 2018).
 *
 * @param flow the connection's id in the log, from 0
 * @param key its addresses and ports
 * @param clientIsn the client's initial sequence number (of its SYN)
 * @param serverIsn the service's initial sequence number (of its SYN-ACK)
 * @param clientMss the client's MSS option in bytes, 1 to 65535; 536 if it sent none
 * @param clientWindowScale shift of the client's window, 0 to 14, −1 if window scaling is off
 * @param serverWindowScale shift of the service's window, 0 to 14, −1 if window scaling is off
 * @param sack whether both sides permitted selective acknowledgements
 * @param timestamps whether both sides use timestamps
 * @param tsval the service's TSval at the time of writing, 0 without timestamps
 * @param peerMac MAC of the next hop towards the client, 48 bits, its first byte highest
 * @param clientWindow the client's window in bytes, 0 to {@link #MAX_WINDOW}
 */
public record Opening(
        int flow,
        FlowKey key,
        int clientIsn,
        int serverIsn,
        int clientMss,
        int clientWindowScale,
        int serverWindowScale,
        boolean sack,
        boolean timestamps,
        int tsval,
        long peerMac,
        int clientWindow) {
    /** Largest window scale (RFC 7323, section 2.3). */
    public static final int MAX_WINDOW_SCALE = 14;
    /** Largest window in bytes. */
    public static final int MAX_WINDOW = 0xFFFF << MAX_WINDOW_SCALE;

    private static final int MAX_MSS = 0xFFFF;
    private static final long MAX_MAC = (1L << 48) - 1;

    /** Checks the ranges. */
    public Opening {
        require(flow >= 0, "flow", flow);
        require(clientMss >= 1 && clientMss <= MAX_MSS, "client MSS", clientMss);
        require(clientWindowScale >= -1 && clientWindowScale <= MAX_WINDOW_SCALE, "client scale", clientWindowScale);
        require(serverWindowScale >= -1 && serverWindowScale <= MAX_WINDOW_SCALE, "server scale", serverWindowScale);
        require((clientWindowScale < 0) == (serverWindowScale < 0), "one-sided window scale", clientWindowScale);
        require(peerMac >= 0 && peerMac <= MAX_MAC, "peer MAC", peerMac);
        require(clientWindow >= 0 && clientWindow <= MAX_WINDOW, "client window", clientWindow);
    }

    /** The same connection under another id, with a newer TSval. */
    public Opening withFlow(int newFlow, int newTsval) {
        return new Opening(
                newFlow,
                key,
                clientIsn,
                serverIsn,
                clientMss,
                clientWindowScale,
                serverWindowScale,
                sack,
                timestamps,
                newTsval,
                peerMac,
                clientWindow);
    }

    private static void require(boolean ok, String what, long value) {
        if (!ok) throw new IllegalArgumentException(what + " out of range: " + value);
    }
}
