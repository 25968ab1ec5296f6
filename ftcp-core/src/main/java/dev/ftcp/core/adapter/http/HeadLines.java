package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** Compares and edits heads line by line. For takeovers; allocates. */
final class HeadLines {
    /** Result of {@link #spliceAt} if the heads differ. */
    static final int DIFFERENT = -1;

    /** Fields that differ between two servings of one response without a difference in what is served. */
    private static final Set<String> VOLATILE =
            Set.of("date", "age", "expires", "server-timing", "x-request-id", "x-runtime", "x-response-time");

    private HeadLines() {}

    /**
     * Where to go on in {@code head} for a reader that has seen {@code prefix} of an earlier serving of it. A volatile field may
     * differ, if the prefix has the whole line.
     */
    static int spliceAt(byte[] prefix, byte[] head) {
        int i = 0;
        int j = 0;
        while (true) {
            int prefixEnd = lineEnd(prefix, i);
            int headEnd = lineEnd(head, j);
            boolean whole = prefixEnd > i && prefix[prefixEnd - 1] == '\n';
            if (!whole) {
                int n = prefixEnd - i;
                boolean same = n <= headEnd - j && Arrays.equals(prefix, i, prefixEnd, head, j, j + n);
                return same ? j + n : DIFFERENT;
            }
            boolean same = Arrays.equals(prefix, i, prefixEnd, head, j, headEnd);
            if (!same && !bothVolatile(line(prefix, i, prefixEnd), line(head, j, headEnd))) return DIFFERENT;
            i = prefixEnd;
            j = headEnd;
        }
    }

    /** The request head with the fields that ask for the rest of a representation (RFC 9110, sections 14.2 and 13.1.5). */
    static byte[] withRange(byte[] head, long from, String validator) {
        byte[] fields = Ascii.bytes("Range: bytes=" + from + "-\r\nIf-Range: " + validator + "\r\n");
        int emptyLine = head[head.length - 2] == '\r' ? head.length - 2 : head.length - 1;
        byte[] edited = Arrays.copyOf(head, head.length + fields.length);
        System.arraycopy(fields, 0, edited, emptyLine, fields.length);
        System.arraycopy(head, emptyLine, edited, emptyLine + fields.length, head.length - emptyLine);
        return edited;
    }

    private static boolean bothVolatile(String one, String other) {
        int colon = one.indexOf(':');
        if (colon <= 0 || !other.regionMatches(true, 0, one, 0, colon + 1)) return false;
        return VOLATILE.contains(one.substring(0, colon).toLowerCase(Locale.ROOT));
    }

    private static int lineEnd(byte[] b, int from) {
        int i = from;
        while (i < b.length) if (b[i++] == '\n') break;
        return i;
    }

    private static String line(byte[] b, int from, int to) {
        return new String(b, from, to - from, ISO_8859_1);
    }
}
