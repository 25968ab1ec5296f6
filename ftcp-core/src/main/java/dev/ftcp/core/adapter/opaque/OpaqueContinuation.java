package dev.ftcp.core.adapter.opaque;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Replays a whole connection. The regenerated output is hashed up to a point where the hash of the original is known, and only when
 * both are equal does the client get what it lacks:
 *
 * <pre>
 *   regenerated:  0 ............ position .......... verifyAt ...........
 *                 dropped        held                passes
 *                 |------------- hashed -------------|
 * </pre>
 *
 * {@code verifyAt} is the first checkpoint after the client's position, or the end of the log. A client that is ahead of the
 * log ({@code position > verifyAt}) has what lies between on the word of the operator that the service is deterministic.
 */
final class OpaqueContinuation implements Continuation {
    /** Most bytes that are held until they are verified. */
    static final int MAX_HELD = 1 << 20;

    private final long origin;
    private final long position;
    private final long verifyAt;
    private final long expected;
    private final long total;
    private final StreamHash hash = new StreamHash();
    private final byte[] held;
    private int heldBytes;
    private long regenerated;
    private boolean verified;
    private boolean over;

    /**
     * @param origin server offset of the start of the stream
     * @param position what the client has of the stream, in bytes
     * @param verifyAt stream offset at which the hash is {@code expected}
     * @param total length of the stream if the service's FIN is committed, else {@link Long#MAX_VALUE}
     */
    OpaqueContinuation(long origin, long position, long verifyAt, long expected, long total) {
        this.origin = origin;
        this.position = position;
        this.verifyAt = verifyAt;
        this.expected = expected;
        this.total = total;
        this.held = new byte[(int) Math.max(0, verifyAt - position)];
        this.verified = verifyAt == 0;
    }

    @Override
    public void onStart(ContinuationSink sink) {
        // Nothing is to be said before the client's first byte.
    }

    @Override
    public void onClient(ByteBuffer bytes, ContinuationSink sink) {
        if (!over) sink.toBackend(bytes.slice());
        bytes.position(bytes.limit());
    }

    @Override
    public void onBackend(ByteBuffer bytes, ContinuationSink sink) {
        if (!over) take(bytes, sink);
        bytes.position(bytes.limit());
    }

    private void take(ByteBuffer bytes, ContinuationSink sink) {
        if (regenerated + bytes.remaining() > total) {
            reset("the service sent more than the original, which had ended", sink);
            return;
        }
        int i = bytes.position();
        int end = bytes.limit();
        if (!verified) {
            int n = (int) Math.min(end - i, verifyAt - regenerated);
            hash.update(bytes, i, i + n);
            hold(bytes, i, n);
            i += n;
            regenerated += n;
            if (regenerated == verifyAt && !verify(sink)) return;
        }
        int had = (int) Math.max(0, Math.min(end - i, position - regenerated));
        if (verified && had > 0) sink.alreadySeen(origin + regenerated, bytes.slice(i, had));
        regenerated += end - i;
        i += had;
        if (verified && i < end) sink.toClient(bytes.slice(i, end - i));
    }

    private void hold(ByteBuffer bytes, int from, int length) {
        int had = (int) Math.max(0, Math.min(length, position - regenerated));
        bytes.get(from + had, held, heldBytes, length - had);
        heldBytes += length - had;
    }

    private boolean verify(ContinuationSink sink) {
        verified = hash.value() == expected;
        if (!verified) reset("the service's output differs from what was committed", sink);
        else if (heldBytes > 0) sink.toClient(ByteBuffer.wrap(Arrays.copyOf(held, heldBytes)));
        return verified;
    }

    @Override
    public void onClientFin(ContinuationSink sink) {
        if (!over) sink.finToBackend();
    }

    @Override
    public void onBackendFin(ContinuationSink sink) {
        if (over) return;
        // A client that is ahead of the log may have the FIN too: it counts as one in its position.
        boolean atEnd = total == Long.MAX_VALUE ? regenerated >= position - 1 : regenerated == total;
        boolean enough = verified && atEnd && (regenerated >= position || position > verifyAt);
        if (enough) sink.finToClient();
        else reset("the service closed the connection before it had repeated what the client has", sink);
    }

    private void reset(String reason, ContinuationSink sink) {
        over = true;
        sink.reset(reason);
    }

    @Override
    public boolean transparent() {
        return !over && verified && regenerated >= position && total == Long.MAX_VALUE;
    }

    @Override
    public String describe() {
        return over ? "reset" : transparent() ? "replayed and verified" : "replay, verified at " + verifyAt;
    }
}
