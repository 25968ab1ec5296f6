package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.Adapter;

/**
 * How connections are followed.
 *
 * @param adapter what the protocol needs
 * @param deterministic whether the operator vouches that the same input gives the same output
 * @param connections most connections followed at a time
 * @param retainPerFlow most bytes retained of each direction of a connection
 * @param outOfOrderPerFlow most bytes kept ahead of a gap, per connection
 * @param kickNanos how long an acknowledgement may wait for a segment that carries it
 * @param reapNanos how long a closed connection keeps its slot, for its last acknowledgements
 */
public record FollowConfig(
        Adapter adapter,
        boolean deterministic,
        int connections,
        long retainPerFlow,
        int outOfOrderPerFlow,
        long kickNanos,
        long reapNanos) {
    /** The values that are not an operator's to set. */
    public static FollowConfig of(Adapter adapter, boolean deterministic, int connections, long retainPerFlow) {
        return new FollowConfig(
                adapter, deterministic, connections, retainPerFlow, 8 << 20, 5_000_000L, 1_000_000_000L);
    }
}
