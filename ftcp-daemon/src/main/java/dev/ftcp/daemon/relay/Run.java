package dev.ftcp.daemon.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;

/** Committed bytes on their way out: pulled into buffers that can be sent, and released as soon as none is left. */
final class Run {
    private static final int CHUNK = 32 << 10;

    private final CommittedBytes bytes;
    private boolean closed;

    Run(CommittedBytes bytes) {
        this.bytes = bytes;
    }

    /** Whether there are bytes to pull. */
    boolean left() {
        if (closed) return false;
        if (bytes.remaining() > 0) return true;
        close();
        return false;
    }

    /** The next bytes, if some are {@link #left}. Fails if they do not come as promised: a gap must not go unseen. */
    ByteBuf next() {
        long left = bytes.remaining();
        int length = (int) Math.min(left, CHUNK);
        ByteBuf chunk = PooledByteBufAllocator.DEFAULT.directBuffer(length);
        ByteBuffer dst = chunk.nioBuffer(0, length);
        try {
            bytes.next(dst);
            if (dst.hasRemaining() || bytes.remaining() != left - length)
                throw new IllegalStateException("committed bytes end " + (left - dst.position()) + " bytes too early");
        } catch (RuntimeException e) {
            chunk.release();
            throw e;
        }
        return chunk.writerIndex(length);
    }

    /** Releases the memory, if it is not released yet. */
    void close() {
        if (closed) return;
        closed = true;
        bytes.close();
    }
}
