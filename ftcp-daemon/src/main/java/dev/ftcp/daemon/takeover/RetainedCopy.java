package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.memory.ByteLog;
import dev.ftcp.daemon.relay.CommittedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * A connection's committed client bytes for the relay. A copy: the ledger goes on changing under the core loop while an event loop
 * reads this. Chunks are given back as they are consumed.
 */
final class RetainedCopy implements CommittedBytes {
    private static final int CHUNK = 1 << 20;

    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
    private long remaining;

    private RetainedCopy() {}

    static CommittedBytes of(FlowLedger ledger) {
        ByteLog log = ledger.client();
        if (log.end() == log.start()) return CommittedBytes.none();
        RetainedCopy copy = new RetainedCopy();
        for (long at = log.start(); at < log.end(); ) {
            int n = (int) Math.min(CHUNK, log.end() - at);
            ByteBuf chunk = PooledByteBufAllocator.DEFAULT.directBuffer(n, n);
            ByteBuffer view = chunk.nioBuffer(0, n);
            while (view.hasRemaining()) at += log.copyTo(at, view);
            chunk.writerIndex(n);
            copy.chunks.add(chunk);
            copy.remaining += n;
        }
        return copy;
    }

    @Override
    public long remaining() {
        return remaining;
    }

    @Override
    public void next(ByteBuffer dst) {
        while (dst.hasRemaining() && !chunks.isEmpty()) {
            ByteBuf chunk = chunks.getFirst();
            int n = Math.min(chunk.readableBytes(), dst.remaining());
            int limit = dst.limit();
            chunk.readBytes(dst.limit(dst.position() + n));
            dst.limit(limit);
            remaining -= n;
            if (!chunk.isReadable()) chunks.removeFirst().release();
        }
    }

    @Override
    public void close() {
        chunks.forEach(ByteBuf::release);
        chunks.clear();
    }
}
