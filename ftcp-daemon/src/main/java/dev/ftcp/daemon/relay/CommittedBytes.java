package dev.ftcp.daemon.relay;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A run of committed bytes that is pulled chunk by chunk, as fast as its receiver takes it, so that a large body is never held
 * twice. Made on any thread, then used on one event loop only. Owns what it reads from until {@link #close()}.
 */
public interface CommittedBytes extends AutoCloseable {
    /** Bytes that are left. */
    long remaining();

    /** Moves the next bytes into {@code dst}: as many as it has room for, or all that are left. */
    void next(ByteBuffer dst);

    /** Releases the memory. Called exactly once: as soon as all bytes were pulled, or when the flow ends before. */
    @Override
    void close();

    /** No bytes. */
    static CommittedBytes none() {
        return of(List.of());
    }

    /** The bytes between position and limit of each buffer. The buffers are read through duplicates and dropped at the end. */
    static CommittedBytes of(List<ByteBuffer> buffers) {
        ArrayDeque<ByteBuffer> left = new ArrayDeque<>(buffers.size());
        long sum = 0;
        for (ByteBuffer b : buffers) {
            if (b.hasRemaining()) left.add(b.duplicate());
            sum += b.remaining();
        }
        long total = sum;
        return new CommittedBytes() {
            private long remaining = total;

            @Override
            public long remaining() {
                return remaining;
            }

            @Override
            public void next(ByteBuffer dst) {
                while (dst.hasRemaining() && !left.isEmpty()) {
                    ByteBuffer b = left.getFirst();
                    int n = Math.min(b.remaining(), dst.remaining());
                    dst.put(dst.position(), b, b.position(), n).position(dst.position() + n);
                    b.position(b.position() + n);
                    remaining -= n;
                    if (!b.hasRemaining()) left.removeFirst();
                }
            }

            @Override
            public void close() {
                left.clear();
            }
        };
    }
}
