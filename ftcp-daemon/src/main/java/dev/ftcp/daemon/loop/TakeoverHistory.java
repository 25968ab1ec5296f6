package dev.ftcp.daemon.loop;

import dev.ftcp.daemon.takeover.TakeoverReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The last takeovers of this daemon, oldest first. Core loop only. */
final class TakeoverHistory {
    private static final int MOST = 64;

    /**
     * A takeover.
     *
     * @param lost connections that were given up after the report
     */
    record Entry(long epoch, TakeoverReport report, List<String> lost) {}

    private final Deque<Entry> entries = new ArrayDeque<>();

    void add(long epoch, TakeoverReport report) {
        if (entries.size() == MOST) entries.remove();
        entries.add(new Entry(epoch, report, new ArrayList<>()));
    }

    /** A connection of the last takeover was given up. */
    void lost(String connection) {
        Entry last = entries.peekLast();
        if (last != null) last.lost.add(connection);
    }

    @Nullable
    TakeoverReport last() {
        Entry last = entries.peekLast();
        return last == null ? null : last.report;
    }

    void forEach(Consumer<Entry> visitor) {
        entries.forEach(visitor);
    }
}
