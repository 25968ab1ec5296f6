package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;

/**
 * Where a message body ends (RFC 9112, section 6): walks over the bytes of one body in any pieces. Reused for every body of a
 * stream. Chunked bodies are read strictly (CRLF only), because what a lenient reader accepts, another one frames differently.
 *
 * <pre>
 *   SIZE --CR--> SIZE_LF --LF--> DATA ..remaining.. --> DATA_CR --> DATA_LF --> SIZE
 *     \--;--> EXT --CR--^    size 0 \--> TRAILER --CR--> END_LF --LF--> DONE
 *                                        \--x--> TRAILER_LINE --LF--> TRAILER
 * </pre>
 */
final class BodyFraming {
    /** States; {@code DONE} between bodies. */
    static final byte DONE = 0, FIXED = 1, UNTIL_CLOSE = 2, SIZE = 3, EXT = 4, SIZE_LF = 5, DATA = 6, DATA_CR = 7;

    static final byte DATA_LF = 8, TRAILER = 9, TRAILER_LINE = 10, END_LF = 11, BAD = 12;

    private static final int MAX_SIZE_DIGITS = 13;
    private static final int MAX_LINES = HeadParser.MAX_HEAD; // chunk extensions of one chunk, or all trailers

    private byte state = DONE;
    private boolean payload;
    private int count;
    private long remaining;

    /** A body of {@code length} bytes. */
    void fixed(long length) {
        remaining = length;
        state = length == 0 ? DONE : FIXED;
    }

    void chunked() {
        state = SIZE;
        count = 0;
        remaining = 0;
    }

    /** A body that ends with the connection. */
    void untilClose() {
        state = UNTIL_CLOSE;
    }

    byte state() {
        return state;
    }

    boolean done() {
        return state == DONE;
    }

    boolean bad() {
        return state == BAD;
    }

    /** Whether no byte of the size line, or of the trailers, was taken yet. */
    boolean atLineStart() {
        return count == 0;
    }

    /** Bytes left of the fixed body or of the chunk. */
    long remaining() {
        return remaining;
    }

    /** How many of the next bytes this object need not see. */
    long skippable() {
        return switch (state) {
            case FIXED, DATA -> remaining;
            case UNTIL_CLOSE -> Long.MAX_VALUE;
            default -> 0;
        };
    }

    /** Passes over {@code n} unseen bytes, at most {@link #skippable()}. */
    void skip(long n) {
        if (state == UNTIL_CLOSE) return;
        remaining -= n;
        if (remaining == 0) state = state == FIXED ? DONE : DATA_CR;
    }

    /** Walks over body bytes in {@code [from, to)} and returns where it stopped: at the end of the body, or at {@code to}. */
    int advance(ByteBuffer b, int from, int to) {
        int i = from;
        while (i < to && state != DONE && state != BAD) i = step(b, i, to);
        return i;
    }

    /** As {@link #advance}, but stops after one run that is either {@linkplain #wasPayload() payload} or framing. */
    int step(ByteBuffer b, int from, int to) {
        long skippable = skippable();
        payload = skippable > 0;
        if (payload) {
            int n = (int) Math.min(skippable, to - from);
            skip(n);
            return from + n;
        }
        int i = from;
        byte before = state;
        while (i < to && state != DATA && state != DONE && state != BAD) {
            next(b.get(i++));
            if (state == TRAILER && before != TRAILER && before != TRAILER_LINE)
                break; // the last chunk's line ends here
        }
        return i;
    }

    /** Whether the last {@link #step} passed payload. */
    boolean wasPayload() {
        return payload;
    }

    private void next(byte c) {
        switch (state) {
            case SIZE -> size(c);
            case EXT -> {
                if (c == '\r') state = SIZE_LF;
                else limited(c);
            }
            case SIZE_LF -> {
                state = c != '\n' ? BAD : remaining == 0 ? TRAILER : DATA;
                count = 0;
            }
            case DATA_CR -> state = c == '\r' ? DATA_LF : BAD;
            case DATA_LF -> {
                state = c == '\n' ? SIZE : BAD;
                count = 0;
                remaining = 0;
            }
            case TRAILER -> {
                state = c == '\r' ? END_LF : TRAILER_LINE;
                limited(c);
            }
            case TRAILER_LINE -> {
                if (c == '\n') state = TRAILER;
                else if (++count > MAX_LINES) state = BAD;
            }
            case END_LF -> state = c == '\n' ? DONE : BAD;
            default -> throw new AssertionError(state);
        }
    }

    private void size(byte c) {
        int digit = Character.digit(c, 16);
        if (digit >= 0 && count < MAX_SIZE_DIGITS) {
            remaining = remaining << 4 | digit;
            count++;
        } else if (count == 0 || digit >= 0) state = BAD;
        else if (c == '\r') state = SIZE_LF;
        else if (c == ';' || c == ' ' || c == '\t') state = EXT;
        else state = BAD;
    }

    private void limited(byte c) {
        if (c == '\n' || ++count > MAX_LINES) state = BAD;
    }
}
