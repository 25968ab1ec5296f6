package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the log knows of the response that a client waits for, seen from where the client stands. Examined once per exchange, when
 * its request is known.
 *
 * <pre>
 *   stream:  start            headStart      bodyStart                     end
 *            | interim heads  | head         | body ...                    |
 *                                                 ^position (client)
 * </pre>
 */
final class LoggedResponse {
    private final KeptBytes kept;
    private final boolean closed; // the service's FIN follows what is committed
    private final long committed;
    private final SeenBody seen;
    private long position;
    private long headStart;
    private long bodyStart = -1;
    private long end = -1;
    private int interims;
    private byte[] headBytes = new byte[0];
    private @Nullable ResponseFacts facts;
    private @Nullable ChunkWalk chunks;
    private boolean placeKnown = true;

    private LoggedResponse(KeptBytes kept, long start, long position, long committed, boolean closed) {
        this.kept = kept;
        this.headStart = start;
        this.position = position;
        this.committed = committed;
        this.closed = closed;
        this.seen = new SeenBody(kept);
    }

    /**
     * Examines the response that begins at {@code start}.
     *
     * @param position next byte that the client expects, after {@code start}
     * @param committed end of the log, {@code closed} if the service's FIN follows it
     * @param kind of the request
     */
    static LoggedResponse examine(
            KeptBytes kept,
            long start,
            long position,
            long committed,
            boolean closed,
            int kind,
            boolean requestCloses) {
        LoggedResponse r = new LoggedResponse(kept, start, position, committed, closed);
        r.readHeads(kind, requestCloses);
        ResponseFacts facts = r.facts;
        if (facts == null) return r;
        boolean seen = r.headSeen();
        long unseen = r.position;
        r.position = Math.max(r.position, r.bodyStart);
        r.readBody(facts);
        if (!seen && !r.complete())
            r.position = unseen; // a response that the client knows nothing of need not be this one
        return r;
    }

    private void readHeads(int kind, boolean requestCloses) {
        HeadParser parser = new HeadParser();
        while (facts == null) {
            headBytes = kept.copy(headStart, kept.contiguousEnd(headStart));
            int n = parser.response(ByteBuffer.wrap(headBytes), 0, headBytes.length);
            if (n <= 0) return;
            headBytes = kept.copy(headStart, headStart + n);
            if (parser.status() / 100 != 1) {
                bodyStart = headStart + n;
                facts = ResponseFacts.of(parser, headBytes, kind, requestCloses);
            } else if (position > headStart) {
                headStart += n;
                interims++;
                position = Math.max(position, headStart);
            } else return; // not seen by the client: as if it were not there
        }
    }

    private void readBody(ResponseFacts known) {
        switch (known.framing()) {
            case BodyFraming.DONE -> end = bodyStart;
            case BodyFraming.FIXED -> {
                end = bodyStart + known.length();
                if (position < end) seen.add(bodyStart, position);
                if (kept.contiguousEnd(position) >= end) position = Math.max(position, end);
            }
            case BodyFraming.SIZE -> readChunks(new ChunkWalk(kept, seen, bodyStart));
            default -> {
                seen.add(bodyStart, position);
                if (closed) end = committed;
                if (closed && kept.contiguousEnd(position) >= end) position = Math.max(position, end);
            }
        }
    }

    private void readChunks(ChunkWalk walk) {
        chunks = walk;
        placeKnown = walk.to(position);
        if (!placeKnown) return;
        if (walk.on()) {
            end = walk.offset();
            position = Math.max(position, end);
        } else if (walk.clean() >= 0) {
            position = walk.clean();
        } else placeKnown = false;
    }

    /**
     * Where the client stands once it has been sent the captured bytes from its own position to here: no bytes if they are equal.
     */
    long position() {
        return position;
    }

    /** Whether the client has some of the final response's head. */
    boolean headSeen() {
        return position > headStart;
    }

    /** Interim responses (1xx) before {@link #headStart()} that the client has. */
    int interims() {
        return interims;
    }

    long headStart() {
        return headStart;
    }

    /** What the log has of the head: all of it if {@link #facts()} is not null. */
    byte[] headBytes() {
        return headBytes;
    }

    @Nullable
    ResponseFacts facts() {
        return facts;
    }

    /** End of the response, negative if the log does not tell. */
    long end() {
        return end;
    }

    /** Length of the body without framing, negative if the log does not tell. */
    long payload() {
        return chunks != null || end < 0 ? -1 : end - bodyStart;
    }

    boolean complete() {
        return end >= 0 && position >= end;
    }

    /** Whether it is known where in the body's framing the client stands. */
    boolean placeKnown() {
        return placeKnown;
    }

    SeenBody seen() {
        return seen;
    }

    /** The client's place in a chunked body; null for other bodies. */
    @Nullable
    ChunkWalk chunks() {
        return chunks;
    }
}
