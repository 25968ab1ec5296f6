package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;

/** Frames the rest of a body as the original was framed, from the middle of it on. */
final class BodyEncoder {
    private static final byte[] CRLF = Ascii.bytes("\r\n"), LAST_CHUNK = Ascii.bytes("0\r\n");

    private final boolean chunked;
    private long chunkLeft;
    private boolean lastChunkSaid;

    private BodyEncoder(boolean chunked, long chunkLeft, boolean lastChunkSaid) {
        this.chunked = chunked;
        this.chunkLeft = chunkLeft;
        this.lastChunkSaid = lastChunkSaid;
    }

    /** Body bytes as they are. */
    static BodyEncoder plain() {
        return new BodyEncoder(false, 0, false);
    }

    /** Chunks, from a clean place on. */
    static BodyEncoder chunks(ChunkWalk place) {
        return new BodyEncoder(true, place.chunkLeft(), place.inTrailers());
    }

    Step payload(ByteBuffer b, int from, int to, ContinuationSink sink) {
        if (!chunked) {
            sink.toClient(b.slice(from, to - from));
            return Step.MORE;
        }
        if (lastChunkSaid) return Step.reset("the new body is longer than the original");
        int i = from;
        if (chunkLeft > 0) {
            int n = (int) Math.min(chunkLeft, to - i);
            sink.toClient(b.slice(i, n));
            i += n;
            chunkLeft -= n;
            if (chunkLeft == 0) sink.toClient(ByteBuffer.wrap(CRLF));
        }
        if (i < to) {
            sink.toClient(ByteBuffer.wrap(Ascii.bytes(Integer.toHexString(to - i) + "\r\n")));
            sink.toClient(b.slice(i, to - i));
            sink.toClient(ByteBuffer.wrap(CRLF));
        }
        return Step.MORE;
    }

    /** Trailer bytes of the new body, the empty line included. */
    Step trailers(ByteBuffer b, int from, int to, ContinuationSink sink) {
        if (!chunked) return Step.MORE;
        if (chunkLeft > 0) return insideChunk();
        if (!lastChunkSaid) sink.toClient(ByteBuffer.wrap(LAST_CHUNK));
        lastChunkSaid = true;
        trailersPassed = true;
        sink.toClient(b.slice(from, to - from));
        return Step.MORE;
    }

    private boolean trailersPassed;

    /** Ends the body. */
    Step end(ContinuationSink sink) {
        if (!chunked || trailersPassed) return Step.MORE;
        if (chunkLeft > 0) return insideChunk();
        if (!lastChunkSaid) sink.toClient(ByteBuffer.wrap(LAST_CHUNK));
        sink.toClient(ByteBuffer.wrap(CRLF));
        return Step.MORE;
    }

    private static Step insideChunk() {
        return Step.reset("the new body ends inside a chunk that the client has begun");
    }
}
