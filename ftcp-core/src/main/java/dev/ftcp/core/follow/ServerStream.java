package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.log.LogWriter;
import java.nio.ByteBuffer;

/**
 * Commits the service's bytes, as far as the adapter's session wants to see them; in the order of
 * {@link ClientStream}. Methods return false if the log
 * has no room for all of it; the same segment is then to be given again. Not thread-safe.
 */
final class ServerStream {
    private final Commits commits;
    private final FollowStats stats;
    private final View view = new View();

    ServerStream(Commits commits, FollowStats stats) {
        this.commits = commits;
        this.stats = stats;
    }

    /**
     * A segment.
     *
     * @param captured bytes captured, from the segment's first
     * @param payload bytes that the segment carries
     */
    boolean segment(Flow flow, long offset, ByteBuffer src, int index, int captured, int payload) {
        FlowLedger ledger = flow.ledger;
        if (ledger.serverFin()) return true;
        if (!skipTo(flow, offset)) return false;
        long end = offset + captured;
        while (ledger.serverEnd() < end && ledger.unprotected() == null) {
            long at = ledger.serverEnd();
            // Captured before the session's wish reached the gate: the body of a download, for example.
            long wanted = Math.min(flow.session.wantServerFrom(), end);
            int n = (int) Math.min(commits.piece(flow), end - at);
            boolean done = wanted > at ? skipTo(flow, wanted) : append(flow, src, index + (int) (at - offset), n);
            if (!done) return false;
        }
        return skipTo(flow, offset + payload) && commits.progress(flow);
    }

    /** The service's stream is known to have reached {@code offset}. */
    boolean skipTo(Flow flow, long offset) {
        FlowLedger ledger = flow.ledger;
        long from = ledger.serverEnd();
        if (offset <= from || ledger.serverFin() || ledger.unprotected() != null) return true;
        if (!commits.hasRoom(flow, 0)) return false;
        ledger.serverAt(offset);
        flow.session.onServerSkip(offset - from);
        LogWriter log = commits.logOf(flow);
        if (log != null) Commits.must(log.serverAt(flow.slot(), offset, 0));
        return true;
    }

    /** The service's stream ends at {@code offset}. */
    boolean end(Flow flow, long offset) {
        FlowLedger ledger = flow.ledger;
        if (ledger.serverFin() || ledger.unprotected() != null) return true;
        if (offset < ledger.serverEnd())
            return commits.unprotect(flow, "the service's stream ended before bytes that were counted as sent");
        if (!skipTo(flow, offset) || !commits.hasRoom(flow, 0)) return false;
        ledger.serverFin(true);
        flow.session.onServerFin();
        LogWriter log = commits.logOf(flow);
        if (log != null) Commits.must(log.serverFin(flow.slot(), offset));
        return commits.progress(flow);
    }

    private boolean append(Flow flow, ByteBuffer src, int index, int n) {
        if (!commits.hasRoom(flow, n)) return false;
        FlowLedger ledger = flow.ledger;
        long at = ledger.serverEnd();
        if (!ledger.appendServer(src, index, n)) {
            return commits.unprotect(flow, "limits.retain reached by the service's bytes");
        }
        stats.serverBytes += n;
        flow.session.onServer(view.of(src, index, n));
        LogWriter log = commits.logOf(flow);
        if (log != null) Commits.must(log.serverBytes(flow.slot(), at, src, index, n));
        return true;
    }
}
