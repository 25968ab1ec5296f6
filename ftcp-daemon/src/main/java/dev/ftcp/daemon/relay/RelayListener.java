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

    /** How many connections of the service have ended because it exited with a failure; any thread. */
    default long failures() {
        return 0;
    }

    /** Whether the client lacks a part of a response, as far as is known: the end of one that failed is then not its word. Any thread. */
    default boolean owes(RelayedFlow flow) {
        return false;
    }

    /**
     * The service lost its connection by a signal, or by a failure that cuts a response short, so its end says nothing: the flow stands still from now on. Whoever listens ends the client's
     * socket, without a word, and has the flow continued anew.
     */
    default void onServiceKilled(RelayedFlow flow) {}

    /** The flow ended as it would have without a takeover. */
    default void onClosed(RelayedFlow flow, FlowSummary summary) {}

    /** The relay had to reset the client's connection (G6), for this reason. */
    default void onReset(RelayedFlow flow, String reason, FlowSummary summary) {}
}
