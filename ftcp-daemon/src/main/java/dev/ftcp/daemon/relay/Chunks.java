package dev.ftcp.daemon.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;

/** Pulls committed bytes into buffers that can be sent. */
final class Chunks {
    private static final int CHUNK = 32 << 10;

    private Chunks() {}

    /** The next bytes of a run that has some left. Fails if the run does not keep its promise: a gap must not go unseen. */
    static ByteBuf next(CommittedBytes from) {
        long left = from.remaining();
        ByteBuf chunk = PooledByteBufAllocator.DEFAULT.directBuffer((int) Math.min(left, CHUNK));
        ByteBuffer dst = chunk.nioBuffer(0, (int) Math.min(left, CHUNK));
        try {
            from.next(dst);
            if (dst.hasRemaining() || from.remaining() != left - dst.position())
                throw new IllegalStateException("committed bytes end " + (left - dst.position()) + " bytes too early");
        } catch (RuntimeException e) {
            chunk.release();
            throw e;
        }
        return chunk.writerIndex(dst.position());
    }
}
