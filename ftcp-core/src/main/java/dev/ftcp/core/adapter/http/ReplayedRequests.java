package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a continuation: hands out one request head at a time for a decision, and sends, drops or holds back what
 * follows it.
 *
 * <pre>
 *   SKIP --> HEAD --(ready)--> DROP    --(dropped)--> HEAD
 *              ^          \--> FORWARD --> HOLD --settle--> PASS
 *              \--------------------------/ next
 * </pre>
 */
final class ReplayedRequests {
    /** What {@link #feed} stopped at. */
    enum Event {
        /** Nothing: all bytes are dealt with. */
        NONE,
        /** A head is complete: {@link #drop} or {@link #forward} it. */
        READY,
        /** The request is dropped to its end: {@link #next} or {@link #settle}. */
        DROPPED,
        /** The stream cannot be continued: {@link #problem}. */
        FAILED
    }

    private enum Mode {
        SKIP,
        HEAD,
        DROP,
        FORWARD,
        HOLD,
        PASS
    }

    private final HeadParser parser = new HeadParser();
    private final BodyFraming body = new BodyFraming();
    private final ByteArrayOutputStream held = new ByteArrayOutputStream(0);
    private Mode mode;
    private long toSkip;
    private boolean passAfterSkip;
    private @Nullable SplitHead split;
    private byte[] head = new byte[0];
    private String problem = "";

    /** @param toSkip client bytes of requests that are dealt with */
    ReplayedRequests(long toSkip) {
        this.toSkip = toSkip;
        this.mode = toSkip > 0 ? Mode.SKIP : Mode.HEAD;
    }

    Event feed(ByteBuffer b, ContinuationSink sink) {
        while (b.hasRemaining()) {
            switch (mode) {
                case SKIP -> {
                    int n = (int) Math.min(toSkip, b.remaining());
                    b.position(b.position() + n);
                    toSkip -= n;
                    if (toSkip == 0) mode = passAfterSkip ? Mode.PASS : Mode.HEAD;
                }
                case HEAD -> {
                    if (takeHead(b)) return problem.isEmpty() ? Event.READY : Event.FAILED;
                }
                case DROP -> {
                    b.position(body.advance(b, b.position(), b.limit()));
                    if (!body.done() && !body.bad()) return Event.NONE;
                    return body.bad() ? fail("malformed chunk in a request") : Event.DROPPED;
                }
                case FORWARD -> {
                    int from = b.position();
                    b.position(body.advance(b, from, b.limit()));
                    sink.toBackend(b.slice(from, b.position() - from));
                    if (body.bad()) return fail("malformed chunk in a request");
                    if (body.done()) mode = Mode.HOLD;
                }
                case HOLD -> {
                    if (held.size() + b.remaining() > HttpContinuation.MAX_HELD) {
                        return fail("more than " + HttpContinuation.MAX_HELD
                                + " bytes of requests behind one that is resumed");
                    }
                    while (b.hasRemaining()) held.write(b.get());
                }
                case PASS -> {
                    sink.toBackend(b.slice());
                    b.position(b.limit());
                }
            }
        }
        return Event.NONE;
    }

    private Event fail(String why) {
        problem = why;
        return Event.FAILED;
    }

    private boolean takeHead(ByteBuffer b) {
        SplitHead s = split;
        if (s == null) {
            byte first = b.get(b.position());
            if (first == '\r' || first == '\n') {
                b.get();
                return false;
            }
            split = s = new SplitHead();
        }
        b.position(b.position() + s.append(b, b.position(), b.limit()));
        if (!s.complete() && !s.tooLong()) return false;
        split = null;
        if (parser.request(s.view(), 0, s.length()) <= 0) problem = parser.problem();
        head = Arrays.copyOf(s.view().array(), s.length());
        if (parser.has(HeadParser.CHUNKED)) body.chunked();
        else body.fixed(parser.has(HeadParser.LENGTH) ? parser.length() : 0);
        return true;
    }

    /** The head that is ready; the array is the caller's to read. */
    byte[] head() {
        return head;
    }

    int kind() {
        return parser.bits();
    }

    boolean closes() {
        return parser.closes();
    }

    boolean hasBody() {
        return !body.done();
    }

    /** Drops the request whose head is ready; {@link Event#DROPPED} at once if it has no body. */
    Event drop() {
        mode = Mode.DROP;
        return body.done() ? Event.DROPPED : Event.NONE;
    }

    /** Sends the request whose head is ready, beginning with {@code edited} in place of its head. */
    void forward(byte[] edited, ContinuationSink sink) {
        sink.toBackend(ByteBuffer.wrap(edited));
        mode = body.done() ? Mode.HOLD : Mode.FORWARD;
    }

    /** Everything passes from here on, what was held back first. */
    void settle(ContinuationSink sink) {
        if (mode == Mode.SKIP) {
            passAfterSkip = true;
            return;
        }
        mode = Mode.PASS;
        sendHeld(sink);
    }

    private void sendHeld(ContinuationSink sink) {
        if (held.size() > 0) sink.toBackend(ByteBuffer.wrap(held.toByteArray()));
        held.reset();
    }

    /** Goes on to the next request. Returns what was held back of it, to be fed again; null if this request is not complete. */
    byte @Nullable [] next() {
        if (mode == Mode.FORWARD) return null;
        mode = Mode.HEAD;
        byte[] again = held.toByteArray();
        held.reset();
        return again;
    }

    boolean passing() {
        return mode == Mode.PASS;
    }

    /** Whether a request is waited for that has not begun to come, or not come to the end of its head. */
    boolean waitsForHead() {
        return mode == Mode.HEAD || (mode == Mode.SKIP && !passAfterSkip);
    }

    /** Whether all requests are dealt with, and no other one has begun. */
    boolean isBetween() {
        return mode == Mode.HEAD && split == null;
    }

    String problem() {
        return problem;
    }
}
