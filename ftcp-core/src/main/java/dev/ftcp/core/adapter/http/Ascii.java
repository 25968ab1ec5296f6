package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Searches and comparisons of protocol text inside a buffer, by absolute index; nothing here allocates. */
final class Ascii {
    static final byte[] GET = bytes("GET "), HEAD = bytes("HEAD "), OPTIONS = bytes("OPTIONS ");
    static final byte[] TRACE = bytes("TRACE "), CONNECT = bytes("CONNECT "), HTTP_1 = bytes("HTTP/1.");
    static final byte[] CONTENT_LENGTH = bytes("content-length"), CONNECTION = bytes("connection");
    static final byte[] TRANSFER_ENCODING = bytes("transfer-encoding"), EXPECT = bytes("expect"), ETAG = bytes("etag");
    static final byte[] RANGE = bytes("range"), IF_RANGE = bytes("if-range"), DATE = bytes("date");
    static final byte[] LAST_MODIFIED = bytes("last-modified");
    static final byte[] CHUNKED = bytes("chunked"), CLOSE = bytes("close"), KEEP_ALIVE = bytes("keep-alive");

    /** Results of {@link #value} that are not an index: another header; or space before its colon. */
    static final int NO = -1, SPACED = -2;

    private static final long ONES = 0x0101_0101_0101_0101L, HIGHS = 0x8080_8080_8080_8080L, LFS = '\n' * ONES;

    private Ascii() {}

    static byte[] bytes(String s) {
        return s.getBytes(US_ASCII);
    }

    /** Index of the first line feed in {@code [from, to)}, or -1. Looks at eight bytes at a time, whatever the buffer's order. */
    static int indexOfLf(ByteBuffer b, int from, int to) {
        boolean little = b.order() == ByteOrder.LITTLE_ENDIAN;
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long word = b.getLong(i);
            long x = (little ? word : Long.reverseBytes(word)) ^ LFS;
            long found = (x - ONES) & ~x & HIGHS; // its lowest bit is exact: a borrow only spoils what follows a match
            if (found != 0) return i + (Long.numberOfTrailingZeros(found) >>> 3);
        }
        for (; i < to; i++) if (b.get(i) == '\n') return i;
        return -1;
    }

    /** End of the line without its CR, where {@code lf} is the index of its line feed. */
    static int trimCr(ByteBuffer b, int from, int lf) {
        return lf > from && b.get(lf - 1) == '\r' ? lf - 1 : lf;
    }

    /** End of the value without trailing white space. */
    static int trimEnd(ByteBuffer b, int from, int end) {
        int i = end;
        while (i > from && (b.get(i - 1) == ' ' || b.get(i - 1) == '\t')) i--;
        return i;
    }

    static boolean starts(ByteBuffer b, int at, int end, byte[] text) {
        if (end - at < text.length) return false;
        for (int i = 0; i < text.length; i++) if (b.get(at + i) != text[i]) return false;
        return true;
    }

    /** As {@link #starts} for lower-case {@code text}. */
    static boolean startsIgnoreCase(ByteBuffer b, int at, int end, byte[] text) {
        if (end - at < text.length) return false;
        for (int i = 0; i < text.length; i++) {
            byte c = b.get(at + i);
            if (c != text[i] && ((c | 0x20) != text[i] || text[i] < 'a')) return false;
        }
        return true;
    }

    static boolean same(ByteBuffer b, int one, int other, int length) {
        for (int i = 0; i < length; i++) if (b.get(one + i) != b.get(other + i)) return false;
        return true;
    }

    /** Whether lower-case {@code text} is one of the comma-separated tokens in {@code [from, end)}. */
    static boolean contains(ByteBuffer b, int from, int end, byte[] text) {
        for (int i = from; i + text.length <= end; i++) {
            if ((i == from || separator(b.get(i - 1)))
                    && startsIgnoreCase(b, i, end, text)
                    && (i + text.length == end || separator(b.get(i + text.length)))) return true;
        }
        return false;
    }

    /** Index of the value if the line in {@code [at, end)} is the header {@code name}, else {@link #NO} or {@link #SPACED}. */
    static int value(ByteBuffer b, int at, int end, byte[] name) {
        int i = at + name.length;
        if (i >= end || !startsIgnoreCase(b, at, end, name)) return NO;
        byte after = b.get(i);
        if (after == ' ' || after == '\t') return SPACED;
        if (after != ':') return NO;
        i++;
        while (i < end && (b.get(i) == ' ' || b.get(i) == '\t')) i++;
        return i;
    }

    private static boolean separator(byte c) {
        return c == ',' || c == ' ' || c == '\t';
    }
}
