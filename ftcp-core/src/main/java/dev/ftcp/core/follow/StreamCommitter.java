package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.tcp.Seq;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the bytes of one connection in order and commits them: ledger first, then the log, then the adapter's session, whose safe points
 * free what is older. The caller has made sure that the log has room. Not thread-safe.
 */
final class StreamCommitter {
    /** A segment further ahead than any window can be is not one that the kernel takes. */
    private static final long MAX_AHEAD = 1L << 30;

    private final FollowConfig config;
    private final WrapPort wrap;
    private final FollowStats stats;
    private @Nullable LogWriter log;

    StreamCommitter(FollowConfig config, WrapPort wrap, FollowStats stats) {
        this.config = config;
        this.wrap = wrap;
        this.stats = stats;
    }

    void log(@Nullable LogWriter newLog) {
        log = newLog;
    }

    /** A client segment's payload, which may overlap what is known or leave a gap before it. */
    void client(Flow flow, long offset, ByteBuffer src, int index, int length) {
        long next = flow.ledger.clientEnd();
        if (offset > next + MAX_AHEAD || offset + length < next - MAX_AHEAD) return;
        if (offset > next) {
            if (length > 0) keepAhead(flow, offset, src, index, length);
            return;
        }
        int known = (int) Math.min(next - offset, length);
        if (known > 0 && differs(flow, offset, src, index, known)) {
            unprotect(flow, "the client sent different bytes for the same sequence numbers");
            return;
        }
        if (known < length) append(flow, src, index + known, length - known);
        if (flow.outOfOrder != null) fillGaps(flow, flow.outOfOrder);
        if (flow.clientFinAt == flow.ledger.clientEnd() && !flow.ledger.clientFin()) clientFin(flow);
    }

    /**
     * A server segment.
     *
     * @param captured bytes captured, from the segment's first
     * @param payload bytes that the segment carries
     */
    void server(Flow flow, long offset, ByteBuffer src, int index, int captured, int payload) {
        if (offset > flow.ledger.serverEnd()) skipServer(flow, offset);
        int known = (int) Math.min(flow.ledger.serverEnd() - offset, Integer.MAX_VALUE);
        if (known < captured) {
            int fresh = captured - known;
            FlowLedger ledger = flow.ledger;
            if (!ledger.appendServer(src, index + known, fresh)) {
                unprotect(flow, "limits.retain reached by the service's bytes");
                return;
            }
            stats.serverBytes += fresh;
            if (logs(flow)) {
                writeServer(flow, ledger.serverEnd() - fresh, src, index + known, fresh);
            }
            flow.session.onServer(view(src, index + known, fresh));
        }
        if (payload > captured) skipServer(flow, offset + payload);
        progress(flow);
    }

    /** The service's stream is known to have reached {@code offset}. */
    void skipServer(Flow flow, long offset) {
        long from = flow.ledger.serverEnd();
        if (offset <= from) return;
        flow.ledger.serverAt(offset);
        if (logs(flow)) must(writer().serverAt(flow.slot(), offset, 0));
        flow.session.onServerSkip(offset - from);
    }

    void serverFin(Flow flow, long offset) {
        if (flow.ledger.serverFin() || offset < flow.ledger.serverEnd()) return;
        skipServer(flow, offset);
        flow.ledger.serverFin(true);
        flow.session.onServerFin();
        if (logs(flow)) must(writer().serverFin(flow.slot(), offset));
        progress(flow);
    }

    /** Commits the session's newest safe point, if nothing that the client may still lack is lost by it. */
    void progress(Flow flow) {
        FlowLedger ledger = flow.ledger;
        AdapterSession session = flow.session;
        if (ledger.unprotected() != null) return;
        String why = session.unprotectable();
        if (why != null) {
            unprotect(flow, why);
            return;
        }
        wrap.want(flow.slot(), wantSeq(flow));
        flow.safePointPending = false;
        if (session.safeServerOffset() == ledger.safeServer() && session.safeClientOffset() == ledger.safeClient())
            return;
        long lacked = ledger.server().coveredFrom(session.safeServerOffset());
        if (ledger.acked() < lacked) refreshAcked(flow);
        if (ledger.acked() < lacked) {
            flow.safePointPending = true;
            return;
        }
        stats.safePoints++;
        if (logs(flow)) {
            must(writer().acked(flow.slot(), ledger.acked()));
            must(writer().safePoint(
                            flow.slot(),
                            session.safeClientOffset(),
                            session.safeServerOffset(),
                            session.safePrelude()));
        }
        ledger.safePoint(session.safeClientOffset(), session.safeServerOffset(), session.safePrelude());
    }

    /** From where the session must see the service's bytes, as a sequence number. */
    int wantSeq(Flow flow) {
        long want = flow.session.wantServerFrom();
        long known = flow.ledger.serverEnd();
        // A sequence number can only tell what is less than 2^31 ahead: nearer targets are set as the stream goes on.
        return Seq.at(flow.opening.serverIsn(), Math.min(want, known + (1L << 30)));
    }

    void unprotect(Flow flow, String reason) {
        if (flow.ledger.unprotected() != null) return;
        stats.unprotected++;
        flow.ledger.unprotect(reason);
        if (logs(flow)) must(writer().unprotected(flow.slot(), reason));
        wrap.open(flow.slot(), true);
        wrap.wantNothing(flow.slot());
    }

    void closed(Flow flow) {
        if (logs(flow)) must(writer().closed(flow.slot(), 0));
        flow.replicated = false;
    }

    void refreshAcked(Flow flow) {
        int ack = wrap.clientAck(flow.slot());
        if (ack == 0) return;
        long offset = flow.serverOffset(ack);
        if (offset <= flow.ledger.serverEnd()) flow.ledger.acked(offset);
        else if (flow.ledger.serverFin()) flow.ledger.acked(flow.ledger.serverEnd());
    }

    private void clientFin(Flow flow) {
        flow.ledger.clientFin(true);
        flow.session.onClientFin();
        if (logs(flow)) must(writer().clientFin(flow.slot(), flow.ledger.clientEnd()));
    }

    private void append(Flow flow, ByteBuffer src, int index, int length) {
        FlowLedger ledger = flow.ledger;
        long at = ledger.clientEnd();
        if (!ledger.appendClient(src, index, length)) {
            unprotect(flow, "limits.retain reached by the client's bytes");
            ledger.appendClient(src, index, length);
            return;
        }
        stats.clientBytes += length;
        if (logs(flow)) {
            int max = writer().maxPayload();
            for (int done = 0; done < length; done += max) {
                int n = Math.min(max, length - done);
                must(writer().clientBytes(flow.slot(), at + done, src, index + done, n));
            }
        }
        if (ledger.unprotected() == null) flow.session.onClient(view(src, index, length));
        progress(flow);
    }

    private void writeServer(Flow flow, long at, ByteBuffer src, int index, int length) {
        int max = writer().maxPayload();
        for (int done = 0; done < length; done += max) {
            int n = Math.min(max, length - done);
            must(writer().serverBytes(flow.slot(), at + done, src, index + done, n));
        }
    }

    private void keepAhead(Flow flow, long offset, ByteBuffer src, int index, int length) {
        if (flow.outOfOrder == null) flow.outOfOrder = new OutOfOrder(config.outOfOrderPerFlow());
        flow.outOfOrder.add(offset, src, index, length);
    }

    private void fillGaps(Flow flow, OutOfOrder ahead) {
        OutOfOrder.Segment segment;
        while ((segment = ahead.takeUpTo(flow.ledger.clientEnd())) != null) {
            long known = flow.ledger.clientEnd() - segment.offset();
            int fresh = (int) (segment.bytes().length - known);
            if (fresh > 0) append(flow, ByteBuffer.wrap(segment.bytes()), (int) known, fresh);
        }
        if (ahead.isEmpty()) flow.outOfOrder = null;
    }

    private boolean differs(Flow flow, long offset, ByteBuffer src, int index, int length) {
        FlowLedger ledger = flow.ledger;
        if (ledger.unprotected() != null) return false;
        for (int i = 0; i < length; i++) {
            long at = offset + i;
            if (at >= ledger.client().start() && ledger.client().get(at) != src.get(index + i)) return true;
        }
        return false;
    }

    private boolean logs(Flow flow) {
        return flow.replicated && log != null;
    }

    private LogWriter writer() {
        if (log == null) throw new IllegalStateException("no log");
        return log;
    }

    private static ByteBuffer view(ByteBuffer src, int index, int length) {
        return src.duplicate().limit(index + length).position(index);
    }

    private static void must(boolean written) {
        if (!written) throw new IllegalStateException("the log is full although its room was checked");
    }
}
