package dev.ftcp.core.adapter;

/**
 * Where an adapter begins to see a connection.
 *
 * @param clientOffset offset of the first client byte that the session will be given
 * @param serverOffset offset of the first server byte that the session will be given
 * @param prelude the prelude of the safe point at these offsets; empty at the start of a connection
 * @param deterministic whether the operator declared that the service answers the same input with the same bytes
 */
public record SessionStart(long clientOffset, long serverOffset, byte[] prelude, boolean deterministic) {
    /** The start of a fresh connection. */
    public static SessionStart fresh(boolean deterministic) {
        return new SessionStart(0, 0, new byte[0], deterministic);
    }
}
