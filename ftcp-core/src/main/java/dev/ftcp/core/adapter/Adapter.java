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
}
