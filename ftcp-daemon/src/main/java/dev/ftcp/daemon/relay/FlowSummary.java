package dev.ftcp.daemon.relay;

/**
 * What a flow was when it ended.
 *
 * @param ending how it ended
 * @param bytesToBackend bytes that came from the client, committed ones included
 * @param bytesToClient bytes that the backend sent and the continuation let through, and the tail
 * @param nanos time since its adoption
 */
public record FlowSummary(Ending ending, long bytesToBackend, long bytesToClient, long nanos) {
    /** How a relayed flow ends. */
    public enum Ending {
        /** Both sides closed, all bytes delivered. */
        COMPLETE,
        /** The client reset its connection, or its host is gone; the service was told by a RST. */
        CLIENT_RESET,
        /** The service reset its connection; the client was told by a RST. */
        BACKEND_RESET,
        /** The service had closed, and the client did not within the linger time: the kernel finishes the rest. */
        LINGER_EXPIRED,
        /** Let go without a word, because it lives elsewhere now ({@link Relay#releaseAll}). */
        RELEASED,
        /** Reset by the relay with a reason. */
        RESET
    }
}
