package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.memory.ByteLog;
import java.nio.ByteBuffer;

/**
 * Puts a client's bytes in order and commits them: ledger, the adapter's session, then the log, which is the
 * only one that may fail (a standby that writes nonsense): the others agree even then. Methods return false if the log has no room
 * for all of it; the same segment is then to be given again, and what is committed already counts as known. Not thread-safe.
 */
final class ClientStream {
    /** A segment further away than any window can be is not one that the kernel takes. */
    private static final long FAR = 1L << 30;

    /** All connections together keep as much ahead of gaps as so many may keep alone. */
    private static final int SHARES = 16;

    private final FollowConfig config;
    private final Commits commits;
    private final FollowStats stats;
    private final OutOfOrder.Budget budget;
    private final View view = new View();

    ClientStream(FollowConfig config, Commits commits, FollowStats stats) {
        this.config = config;
        this.commits = commits;
        this.stats = stats;
        this.budget = new OutOfOrder.Budget((long) SHARES * config.outOfOrderPerFlow());
    }

    /**
     * A segment's payload, which may overlap what is known or leave a gap before it. Two copies of a byte that differ are one too many: which
     * one the kernel took depends on how it has merged them.
     *
     * @param settled before this offset the kernel has its bytes, and ignores others
     * @param fin whether the client's stream ends after it
     */
    boolean segment(Flow flow, long offset, long settled, ByteBuffer src, int index, int length, boolean fin) {
        FlowLedger ledger = flow.ledger;
        if (ledger.unprotected() != null || isFar(flow, offset, length)) return true;
        long next = ledger.clientEnd();
        long end = offset + length;
        if (ledger.clientFin() && settled > next) return true;
        if (flow.clientFinAt >= 0
                ? end > flow.clientFinAt || fin && end != flow.clientFinAt
                : fin && end < newest(flow)) return commits.unprotect(flow, "the client sent bytes after its end");
        if (fin) flow.clientFinAt = end;
        int known = (int) Math.max(0, Math.min(next - offset, length));
        if (contradicts(ledger, Math.max(offset, settled), offset, src, index, known)
                || flow.outOfOrder != null && flow.outOfOrder.contradicts(offset, src, index, length)) {
            return commits.unprotect(flow, "the client sent different bytes for the same sequence numbers");
        }
        if (offset > next) {
            if (length > 0) keepAhead(flow, offset, src, index, length);
            return true;
        }
        return append(flow, src, index + known, length - known) && fillGaps(flow) && end(flow);
    }

    private static boolean isFar(Flow flow, long offset, int length) {
        long next = flow.ledger.clientEnd();
        return offset > next + FAR || offset + length < next - FAR;
    }

    private static long newest(Flow flow) {
        long end = flow.ledger.clientEnd();
        return flow.outOfOrder == null ? end : Math.max(end, flow.outOfOrder.end());
    }

    private static boolean contradicts(
            FlowLedger ledger, long from, long offset, ByteBuffer src, int index, int known) {
        ByteLog log = ledger.client();
        int i = (int) Math.min(known, Math.max(log.start(), from) - offset);
        while (i < known) {
            if (log.get(offset + i) != src.get(index + i)) return true;
            i++;
        }
        return false;
    }

    /** Commits the next bytes; nothing follows an end. */
    private boolean append(Flow flow, ByteBuffer src, int index, int length) {
        FlowLedger ledger = flow.ledger;
        int piece = commits.piece(flow);
        for (int done = 0; done < length && ledger.unprotected() == null && !ledger.clientFin(); ) {
            int n = Math.min(piece, length - done);
            if (!commits.hasRoom(flow, n)) return false;
            long at = ledger.clientEnd();
            if (!ledger.appendClient(src, index + done, n)) {
                return commits.unprotect(flow, "limits.retain reached by the client's bytes");
            }
            stats.clientBytes += n;
            flow.session.onClient(view.of(src, index + done, n));
            LogWriter log = commits.logOf(flow);
            if (log != null) Commits.must(log.clientBytes(flow.slot(), at, src, index + done, n));
            done += n;
            // The next step looks for room itself, and the last one is followed by end().
            commits.progress(flow);
        }
        return true;
    }

    private boolean end(Flow flow) {
        FlowLedger ledger = flow.ledger;
        if (ledger.unprotected() != null) return true;
        if (flow.clientFinAt == ledger.clientEnd() && !ledger.clientFin()) {
            if (!commits.hasRoom(flow, 0)) return false;
            ledger.clientFin(true);
            flow.session.onClientFin();
            LogWriter log = commits.logOf(flow);
            if (log != null) Commits.must(log.clientFin(flow.slot(), ledger.clientEnd()));
        }
        return commits.progress(flow);
    }

    private void keepAhead(Flow flow, long offset, ByteBuffer src, int index, int length) {
        if (flow.outOfOrder == null) flow.outOfOrder = new OutOfOrder(config.outOfOrderPerFlow(), budget);
        flow.outOfOrder.add(offset, src, index, length);
    }

    private boolean fillGaps(Flow flow) {
        OutOfOrder ahead = flow.outOfOrder;
        if (ahead == null) return true;
        OutOfOrder.Segment segment;
        while ((segment = ahead.upTo(flow.ledger.clientEnd())) != null) {
            int known = (int) Math.min(flow.ledger.clientEnd() - segment.offset(), segment.bytes().length);
            if (!append(flow, ByteBuffer.wrap(segment.bytes()), known, segment.bytes().length - known)) return false;
            if (flow.outOfOrder == null) return true; // given up, and all of it forgotten
            ahead.remove(segment);
        }
        if (ahead.isEmpty()) flow.outOfOrder = null;
        return true;
    }
}
