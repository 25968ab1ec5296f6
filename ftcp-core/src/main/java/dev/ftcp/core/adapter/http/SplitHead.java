package dev.ftcp.core.adapter.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A head that spans segments, collected until its empty line. Looks at each byte once, however it is split. */
final class SplitHead {
    private static final int FIRST = 512;

    private byte[] bytes = new byte[FIRST];
    private int length;
    private int line;
    private boolean complete;

    /** Takes bytes from {@code [from, to)} up to the end of the head, and returns how many. */
    int append(ByteBuffer b, int from, int to) {
        int i = from;
        while (i < to && !complete) {
            byte c = b.get(i++);
            if (length == bytes.length) bytes = Arrays.copyOf(bytes, 2 * length);
            bytes[length++] = c;
            if (c != '\n') continue;
            complete = length - line == 1 || (length - line == 2 && bytes[line] == '\r');
            line = length;
        }
        return i - from;
    }

    boolean complete() {
        return complete;
    }

    boolean tooLong() {
        return length > HeadParser.MAX_HEAD;
    }

    int length() {
        return length;
    }

    /** A view of what was collected, from index 0. */
    ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, length);
    }
}
