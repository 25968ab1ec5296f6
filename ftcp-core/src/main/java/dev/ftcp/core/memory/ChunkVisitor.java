package dev.ftcp.core.memory;

import java.nio.ByteBuffer;

/** Takes retained bytes piece by piece. */
@FunctionalInterface
public interface ChunkVisitor {
    /**
     * The next piece.
     *
     * @param buffer belongs to the pool, valid during the call; read with absolute access only
     * @param index absolute index of the first byte
     * @param length number of bytes, at least 1
     * @return false to stop: this piece doesn't count as taken
     */
    boolean visit(ByteBuffer buffer, int index, int length);
}
