package dev.ftcp.core.follow;

import dev.ftcp.core.log.LogWriter;
import org.jspecify.annotations.Nullable;

/**
 * Which connections are not in the standby's copy yet: all of them when it joins, then those that are continued while it is there. Not
 * thread-safe.
 */
final class Syncing {
    private final FlowTable table;
    private final WrapPort wrap;
    private final Commits commits;
    private @Nullable Snapshot snapshot;
    private boolean joining;

    Syncing(FlowTable table, WrapPort wrap, Commits commits) {
        this.table = table;
        this.wrap = wrap;
        this.commits = commits;
    }

    /** A standby has joined, with this log. */
    void begin(LogWriter log) {
        snapshot = Snapshot.begin(table, log, wrap, commits);
        joining = true;
    }

    /** A connection that is to get into the copy, if there is one. */
    void add(Flow flow) {
        LogWriter log = commits.log();
        if (log == null) return;
        if (snapshot == null) snapshot = Snapshot.late(table, log, wrap, commits);
        snapshot.add(flow);
    }

    /** Goes on as far as the log has room; true when every connection is in. */
    boolean advance(long now) {
        return snapshot == null || snapshot.advance(now);
    }

    /** Goes on with connections that came late. */
    void maintain(long now) {
        if (snapshot != null && !joining && snapshot.advance(now)) snapshot = null;
    }

    /** Writes the end of the snapshot, if nothing is missing; false: to be called again. */
    boolean finish(long now) {
        LogWriter log = commits.log();
        if (snapshot == null || log == null || !snapshot.advance(now) || !snapshot.verify() || !log.snapshotEnd())
            return false;
        drop();
        return true;
    }

    /** There is no standby any more, or its copy is complete. */
    void drop() {
        snapshot = null;
        joining = false;
    }
}
