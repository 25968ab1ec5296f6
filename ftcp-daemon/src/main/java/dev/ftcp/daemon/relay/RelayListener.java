package dev.ftcp.daemon.relay;

/**
 * Told what becomes of a relayed flow, on the flow's event loop: must not block. Each adopted flow ends with exactly one
 * {@link #onClosed} or {@link #onReset}; its descriptor is closed by then.
 */
public interface RelayListener {
    /** The past is dealt with: from now on bytes pass untouched. At most once. */
    default void onTransparent(RelayedFlow flow) {}

    /** How many connections of the service have died by a signal so far; any thread. */
    default long kills() {
        return 0;
    }

    /**
     * The service lost its connection by a signal, so its end says nothing: the flow stands still from now on. Whoever listens ends the client's
     * socket, without a word, and has the flow continued anew.
     */
    default void onServiceKilled(RelayedFlow flow) {}

    /** The flow ended as it would have without a takeover. */
    default void onClosed(RelayedFlow flow, FlowSummary summary) {}

    /** The relay had to reset the client's connection (G6), for this reason. */
    default void onReset(RelayedFlow flow, String reason, FlowSummary summary) {}
}
