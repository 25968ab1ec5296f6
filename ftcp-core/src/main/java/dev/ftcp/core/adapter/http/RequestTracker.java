package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a client stream that are not answered yet, oldest first: what each one is, and where it ends.
 *
 * <pre>
 *   one entry:  63                                16 15        0
 *               +-----------------------------------+-----------+
 *               | client offset of its end, or -1   | kind bits |   -1: its body is not complete (only the newest)
 *               +-----------------------------------+-----------+
 * </pre>
 */
final class RequestTracker {
    private static final int KIND_BITS = 16;
    private static final int KIND_MASK = (1 << KIND_BITS) - 1;
    private static final int CLOSING = 1 << 15; // set beside the parser's bits
    private static final int FIRST_CAPACITY = 2;

    private final int limit;
    private final BodyFraming body = new BodyFraming();
    private long offset;
    private @Nullable SplitHead split;
    private long[] queue = new long[FIRST_CAPACITY];
    private short head;
    private short size;

    RequestTracker(long offset, int limit) {
        this.offset = offset;
        this.limit = limit;
    }

    /** Client offset of the next byte. */
    long offset() {
        return offset;
    }

    int size() {
        return size;
    }

    /** Whether the next byte begins a request. */
    boolean betweenRequests() {
        return body.done() && split == null;
    }

    /** {@link HeadParser} bits of the oldest request. */
    int firstKind() {
        return (int) queue[head] & KIND_MASK & ~CLOSING;
    }

    /** Whether the oldest request asks to close the connection after its response. */
    boolean firstCloses() {
        return (queue[head] & CLOSING) != 0;
    }

    /** Client offset of the end of the oldest request, -1 while it is not complete. */
    long firstEnd() {
        return queue[head] >> KIND_BITS;
    }

    void pop() {
        head = (short) (head + 1 & queue.length - 1);
        size--;
    }

    /** Takes the bytes from position to limit; returns why the stream cannot be followed, or null. */
    @Nullable
    String feed(ByteBuffer b, HeadParser parser) {
        int i = b.position();
        int end = b.limit();
        long base = offset - i;
        while (i < end) {
            if (!body.done()) {
                i = body.advance(b, i, end);
                if (body.bad()) return "malformed chunk in a request";
            } else if (split != null) {
                SplitHead s = split;
                i += s.append(b, i, end);
                if (s.tooLong()) return "head longer than " + HeadParser.MAX_HEAD + " bytes";
                if (!s.complete()) break;
                split = null;
                if (parser.request(s.view(), 0, s.length()) <= 0) return parser.problem();
                begin(parser);
            } else if (b.get(i) == '\r' || b.get(i) == '\n') {
                i++; // empty lines before a request are to be ignored (RFC 9112, section 2.2)
                continue;
            } else {
                int n = parser.request(b, i, end);
                if (n < 0) return parser.problem();
                if (n == 0) {
                    split = new SplitHead();
                    continue;
                }
                i += n;
                begin(parser);
            }
            if (body.done()) complete(base + i);
            if (size > limit) return "more than " + limit + " requests outstanding";
        }
        offset = base + end;
        return null;
    }

    private void begin(HeadParser parser) {
        if (parser.has(HeadParser.CHUNKED)) body.chunked();
        else body.fixed(parser.has(HeadParser.LENGTH) ? parser.length() : 0);
        if (size == queue.length) grow();
        int kind = (parser.bits() & ~CLOSING) | (parser.closes() ? CLOSING : 0);
        queue[head + size & queue.length - 1] = -1L << KIND_BITS | kind;
        size++;
    }

    private void complete(long end) {
        int newest = head + size - 1 & queue.length - 1;
        if (queue[newest] < 0) queue[newest] = end << KIND_BITS | (queue[newest] & KIND_MASK);
    }

    private void grow() {
        long[] larger = Arrays.copyOf(queue, 2 * queue.length);
        for (int i = 0; i < size; i++) larger[i] = queue[head + i & queue.length - 1];
        queue = larger;
        head = 0;
    }
}
