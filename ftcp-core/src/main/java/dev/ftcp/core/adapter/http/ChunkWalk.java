package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;

/**
 * Finds out from the log where in its chunked body a client stands, and the next place at or after it where a regenerated body can
 * go on: inside the data of a chunk, before a chunk, or before the trailers.
 */
final class ChunkWalk {
    private final KeptBytes kept;
    private final SeenBody seen;
    private final BodyFraming framing = new BodyFraming();
    private long offset;
    private long clean = -1;
    private long chunkLeft;
    private boolean inTrailers;

    /** Walks from the start of the body. */
    ChunkWalk(KeptBytes kept, SeenBody seen, long bodyStart) {
        this.kept = kept;
        this.seen = seen;
        offset = bodyStart;
        framing.chunked();
    }

    /** Goes to {@code position}; false if the log does not say what lies before it. */
    boolean to(long position) {
        while (offset < position && !framing.done()) {
            long data = Math.min(framing.skippable(), position - offset);
            if (data > 0) {
                seen.add(offset, offset + data);
                framing.skip(data);
                offset += data;
            } else if (!stepFraming(position)) return false;
        }
        return true;
    }

    /** Goes on through captured bytes, noting the first clean place; call after {@link #to}. Returns whether the body ends there. */
    boolean on() {
        while (!framing.done()) {
            if (clean < 0 && atCleanPlace()) {
                clean = offset;
                chunkLeft = framing.state() == BodyFraming.DATA ? framing.remaining() : 0;
                inTrailers = framing.state() == BodyFraming.TRAILER;
            }
            long data = Math.min(framing.skippable(), kept.contiguousEnd(offset) - offset);
            if (framing.skippable() > 0) {
                if (data <= 0) return false;
                framing.skip(data);
                offset += data;
            } else if (!stepFraming(Long.MAX_VALUE)) return false;
        }
        return true;
    }

    /** Stream offset reached. */
    long offset() {
        return offset;
    }

    /** Stream offset of the first clean place, negative if the log ends before one. */
    long clean() {
        return clean;
    }

    /** Data bytes that the chunk at the clean place still has; 0 if a chunk begins there. */
    long chunkLeft() {
        return chunkLeft;
    }

    /** Whether the last chunk is before the clean place. */
    boolean inTrailers() {
        return inTrailers;
    }

    private boolean atCleanPlace() {
        return switch (framing.state()) {
            case BodyFraming.DATA -> true;
            case BodyFraming.SIZE, BodyFraming.TRAILER -> framing.atLineStart();
            default -> false;
        };
    }

    /** Takes one byte, so that no clean place is passed over unseen. */
    private boolean stepFraming(long limit) {
        if (offset >= limit || kept.contiguousEnd(offset) <= offset) return false;
        ByteBuffer one = ByteBuffer.wrap(kept.copy(offset, offset + 1));
        framing.step(one, 0, 1);
        offset++;
        return true;
    }
}
