package dev.ftcp.core.adapter;

/**
 * What ftcp must know about a protocol to cut a connection and to continue it. Found by {@link java.util.ServiceLoader};
 * stateless and thread-safe. One {@link AdapterSession} exists per followed connection.
 */
public interface Adapter {
    /** The name used in a service's configuration, such as {@code http}. */
    String name();

    /** Begins to follow a connection whose streams both stand at offset 0, or at a safe point with this prelude. */
    AdapterSession open(SessionStart start);

    /**
     * Begins to rebuild the session of a connection from the ledger, in order to {@linkplain AdapterSession#resume continue} it: the
     * session is given every committed client byte from the safe point on, then every server byte that was captured, with
     * {@link AdapterSession#onServerSkip} for those that were not, and then {@code resume}. It may keep what it needs from
     * these bytes, unlike a session that only follows and must stay small.
     */
    default AdapterSession rebuild(SessionStart start) {
        return open(start);
    }
}
