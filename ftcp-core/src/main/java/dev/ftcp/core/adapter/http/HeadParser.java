package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one message head (RFC 9112, sections 2 to 6) where it lies, without copies and without strings, and keeps only what
 * framing and continuation depend on. One instance is reused for every head of a connection. A head that different
 * implementations would frame differently is a {@linkplain #problem() problem}, never a guess.
 */
final class HeadParser {
    /** Longest head in bytes, the empty line included. */
    static final int MAX_HEAD = Integer.getInteger("ftcp.http.max-head", 64 * 1024);

    /** Bits of {@link #bits()}. Of requests: */
    static final int GET = 1, HEAD = 1 << 1, SAFE = 1 << 2, CONNECT = 1 << 3, EXPECT = 1 << 4, RANGE = 1 << 5;
    /** Of both: {@code V10} is HTTP/1.0, {@code CLOSE} and {@code KEEP_ALIVE} are options of {@code Connection}. */
    static final int CHUNKED = 1 << 6, LENGTH = 1 << 7, V10 = 1 << 8, CLOSE = 1 << 9, KEEP_ALIVE = 1 << 10;
    /** Of responses: {@code STRONG} is a validator that vouches for every byte (RFC 9110, section 8.8.1). */
    static final int STRONG = 1 << 11, CODED = 1 << 12;

    private static final int WEAK_TAG = 1 << 13, STRONG_TAG = 1 << 14;
    private static final int INCOMPLETE = 0, BAD = -1;
    private static final int VERSION_BYTES = 8; // "HTTP/1.1"
    private static final int HTTP_DATE_BYTES = 29; // RFC 9110, section 5.6.7: IMF-fixdate has a fixed length
    private static final long MAX_LENGTH = 1L << 54;

    private int bits;
    private int status;
    private long length;
    private int dateAt;
    private int modifiedAt;
    private @Nullable String problem;

    int bits() {
        return bits;
    }

    boolean has(int bit) {
        return (bits & bit) != 0;
    }

    /** Status code of the last response head. */
    int status() {
        return status;
    }

    /** Value of {@code Content-Length}, if {@link #LENGTH} is set. */
    long length() {
        return length;
    }

    /** Why the last head was refused. */
    String problem() {
        return problem == null ? "malformed head" : problem;
    }

    /** Whether the sender of the last head ends the connection after this message (RFC 9112, section 9.3). */
    boolean closes() {
        return has(CLOSE) || (has(V10) && !has(KEEP_ALIVE));
    }

    /** Bytes of the request head that begins at {@code from}, 0 if it is incomplete, negative if it is refused. */
    int request(ByteBuffer b, int from, int to) {
        reset();
        int lf = Ascii.indexOfLf(b, from, to);
        if (lf < 0) return incomplete(from, to);
        return requestLine(b, from, Ascii.trimCr(b, from, lf)) ? fields(b, from, lf + 1, to, true) : BAD;
    }

    /** As {@link #request}, of a response head. */
    int response(ByteBuffer b, int from, int to) {
        reset();
        int lf = Ascii.indexOfLf(b, from, to);
        if (lf < 0) return incomplete(from, to);
        return statusLine(b, from, Ascii.trimCr(b, from, lf)) ? fields(b, from, lf + 1, to, false) : BAD;
    }

    private void reset() {
        bits = 0;
        status = 0;
        length = 0;
        dateAt = -1;
        modifiedAt = -1;
        problem = null;
    }

    private int incomplete(int from, int to) {
        return to - from > MAX_HEAD ? refuse("head longer than " + MAX_HEAD + " bytes") : INCOMPLETE;
    }

    private int refuse(String why) {
        problem = why;
        return BAD;
    }

    private boolean requestLine(ByteBuffer b, int from, int end) {
        int version = end - VERSION_BYTES;
        if (version - 1 <= from || b.get(version - 1) != ' ' || !version(b, version)) {
            refuse("request line is not of HTTP/1.0 or HTTP/1.1");
            return false;
        }
        if (Ascii.starts(b, from, end, Ascii.GET)) bits |= GET | SAFE;
        else if (Ascii.starts(b, from, end, Ascii.HEAD)) bits |= HEAD | SAFE;
        else if (Ascii.starts(b, from, end, Ascii.OPTIONS) || Ascii.starts(b, from, end, Ascii.TRACE)) bits |= SAFE;
        else if (Ascii.starts(b, from, end, Ascii.CONNECT)) bits |= CONNECT;
        return true;
    }

    private boolean statusLine(ByteBuffer b, int from, int end) {
        boolean ok = end - from >= VERSION_BYTES + 4 && version(b, from) && b.get(from + VERSION_BYTES) == ' ';
        for (int i = from + VERSION_BYTES + 1; ok && i < from + VERSION_BYTES + 4; i++) {
            int digit = b.get(i) - '0';
            ok = digit >= 0 && digit <= 9;
            status = status * 10 + digit;
        }
        if (!ok || status < 100) refuse("status line is not of HTTP/1.0 or HTTP/1.1");
        return ok && status >= 100;
    }

    private boolean version(ByteBuffer b, int at) {
        if (!Ascii.starts(b, at, at + VERSION_BYTES, Ascii.HTTP_1)) return false;
        byte minor = b.get(at + VERSION_BYTES - 1);
        if (minor == '0') bits |= V10;
        return minor == '0' || minor == '1';
    }

    private int fields(ByteBuffer b, int from, int firstLine, int to, boolean request) {
        int line = firstLine;
        while (true) {
            int lf = Ascii.indexOfLf(b, line, to);
            if (lf < 0) return incomplete(from, to);
            int end = Ascii.trimCr(b, line, lf);
            if (end == line) return finish(b, lf + 1 - from, request);
            if (!field(b, line, end, request)) return BAD;
            line = lf + 1;
        }
    }

    private int finish(ByteBuffer b, int bytes, boolean request) {
        if (bytes > MAX_HEAD) return refuse("head longer than " + MAX_HEAD + " bytes");
        if (request && has(CODED) && (!has(CHUNKED) || has(LENGTH) || has(V10))) {
            return refuse("request body with ambiguous framing");
        }
        // A date validator is strong only if the response was made at least a second later (RFC 9110, section 8.8.2.2).
        boolean modified =
                modifiedAt >= 0 && dateAt >= 0 && !has(WEAK_TAG) && !Ascii.same(b, modifiedAt, dateAt, HTTP_DATE_BYTES);
        if (has(STRONG_TAG) || modified) bits |= STRONG;
        return bytes;
    }

    private boolean field(ByteBuffer b, int at, int end, boolean request) {
        switch (b.get(at) | 0x20) {
            case 'c' -> {
                int v = Ascii.value(b, at, end, Ascii.CONTENT_LENGTH);
                if (v != Ascii.NO) return v != Ascii.SPACED ? contentLength(b, v, end) : spaced();
                v = Ascii.value(b, at, end, Ascii.CONNECTION);
                if (v == Ascii.SPACED) return spaced();
                if (v != Ascii.NO) connection(b, v, end);
            }
            case 't' -> {
                int v = Ascii.value(b, at, end, Ascii.TRANSFER_ENCODING);
                if (v == Ascii.SPACED) return spaced();
                if (v != Ascii.NO) return transferEncoding(b, v, end, request);
            }
            case 'e' -> {
                if (request && Ascii.value(b, at, end, Ascii.EXPECT) != Ascii.NO) bits |= EXPECT;
                int v = request ? Ascii.NO : Ascii.value(b, at, end, Ascii.ETAG);
                if (v >= 0) bits |= v < end && b.get(v) == '"' ? STRONG_TAG : WEAK_TAG;
            }
            case 'r' -> {
                if (request && Ascii.value(b, at, end, Ascii.RANGE) != Ascii.NO) bits |= RANGE;
            }
            case 'i' -> {
                if (request && Ascii.value(b, at, end, Ascii.IF_RANGE) != Ascii.NO) bits |= RANGE;
            }
            case 'l' -> {
                int v = request ? Ascii.NO : Ascii.value(b, at, end, Ascii.LAST_MODIFIED);
                if (v >= 0 && end - v == HTTP_DATE_BYTES) modifiedAt = v;
            }
            case 'd' -> {
                int v = request ? Ascii.NO : Ascii.value(b, at, end, Ascii.DATE);
                if (v >= 0 && end - v == HTTP_DATE_BYTES) dateAt = v;
            }
            case ' ', '\t' | 0x20 -> {
                byte first = b.get(at);
                if (first == ' ' || first == '\t') {
                    refuse("header line is folded");
                    return false;
                }
            }
            default -> {}
        }
        return true;
    }

    private boolean spaced() {
        refuse("space before the colon of a framing header");
        return false;
    }

    private boolean contentLength(ByteBuffer b, int from, int lineEnd) {
        int end = Ascii.trimEnd(b, from, lineEnd);
        long value = 0;
        int i = from;
        while (i < end && value < MAX_LENGTH) {
            int digit = b.get(i) - '0';
            if (digit < 0 || digit > 9) break;
            value = value * 10 + digit;
            i++;
        }
        if (i == from || i < end || (has(LENGTH) && value != length)) {
            refuse("Content-Length is not one number");
            return false;
        }
        length = value;
        bits |= LENGTH;
        return true;
    }

    private boolean transferEncoding(ByteBuffer b, int from, int lineEnd, boolean request) {
        int end = Ascii.trimEnd(b, from, lineEnd);
        if (has(CODED)) {
            refuse("more than one Transfer-Encoding");
            return false;
        }
        bits |= CODED;
        int last = end - Ascii.CHUNKED.length;
        boolean alone = last == from;
        if (last < from || !Ascii.startsIgnoreCase(b, last, end, Ascii.CHUNKED)) return true;
        int before = alone ? ',' : b.get(last - 1);
        if (alone || (!request && (before == ',' || before == ' '))) bits |= CHUNKED;
        return true;
    }

    private void connection(ByteBuffer b, int from, int end) {
        if (Ascii.contains(b, from, end, Ascii.CLOSE)) bits |= CLOSE;
        if (Ascii.contains(b, from, end, Ascii.KEEP_ALIVE)) bits |= KEEP_ALIVE;
    }
}
