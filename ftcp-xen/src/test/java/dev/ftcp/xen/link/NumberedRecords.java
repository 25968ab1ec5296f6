package dev.ftcp.xen.link;

import dev.ftcp.core.ring.RecordHandler;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.core.ring.RingWriter;

/** Records that tell whether one is lacking, twice there, or torn: the {@code n}th has its number in each of its words. */
final class NumberedRecords {
    private static final int TYPE = 5, BATCH = 256;

    private final RingReader reader;
    private final RecordHandler check = this::check;
    private long next;

    NumberedRecords(RingReader reader) {
        this.reader = reader;
    }

    /** Writes number {@code n} if there is room. */
    static boolean write(RingWriter writer, long n) {
        int at = writer.tryClaim(TYPE, Long.BYTES * words(n));
        if (at < 0) return false;
        for (int i = 0; i < words(n); i++) writer.buffer().putLong(at + Long.BYTES * i, n);
        writer.commit();
        return true;
    }

    /** Reads some; how many. */
    int read() {
        return reader.poll(check, BATCH);
    }

    long count() {
        return next;
    }

    boolean prepareSleep() {
        return reader.prepareSleep();
    }

    void awake() {
        reader.awake();
    }

    private boolean check(int type, java.nio.ByteBuffer buffer, int index, int length) {
        if (type != TYPE || length != Long.BYTES * words(next))
            throw new AssertionError("record " + next + " has type " + type + " and " + length + " bytes");
        for (int i = 0; i < length; i += Long.BYTES)
            if (buffer.getLong(index + i) != next) throw new AssertionError("record " + next + " is torn");
        next++;
        return true;
    }

    private static int words(long n) {
        return 1 + (int) (n % 30);
    }
}
