package dev.ftcp.core.follow;

import org.jspecify.annotations.Nullable;

/**
 * Connections whose client has not answered the SYN-ACK yet. The service's kernel forgets them without a word (a SYN queue has no sockets):
 * some time after the last SYN-ACK, or at once if the client resets them. So they are found by walking through the slots, a few at each step:
 * nothing has to be kept in order for connections that open as they should. Not thread-safe.
 */
final class HalfOpen {
    /** A SYN-ACK that goes unanswered is said again after 120 s at the latest (TCP_RTO_MAX, include/net/tcp.h). */
    private static final long FORGOTTEN_NANOS = 130_000_000_000L;

    /** A slot is needed for somebody else. A client's answer takes a round trip, or comes after the second SYN-ACK (1 s, RFC 6298). */
    private static final long PATIENCE_NANOS = 3_000_000_000L;

    private static final int STEP = 64;

    private final FlowTable table;
    private final WrapPort wrap;
    private int at;

    HalfOpen(FlowTable table, WrapPort wrap) {
        this.table = table;
        this.wrap = wrap;
    }

    /** One that the kernel has forgotten by now, if there is one among the next few slots. */
    @Nullable
    Flow forgotten(long now) {
        return next(now - FORGOTTEN_NANOS);
    }

    /** One that may be given up for somebody who needs its slot, if there is one among the next few slots. */
    @Nullable
    Flow overdue(long now) {
        return next(now - PATIENCE_NANOS);
    }

    private @Nullable Flow next(long before) {
        for (int i = Math.min(STEP, table.capacity()); i > 0; i--) {
            Flow flow = table.at(at);
            at = at + 1 == table.capacity() ? 0 : at + 1;
            if (flow == null || flow.established || flow.closed) continue;
            flow.established = wrap.established(flow.slot());
            if (!flow.established && flow.synAckNanos - before < 0) return flow;
        }
        return null;
    }
}
