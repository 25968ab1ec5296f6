package dev.ftcp.core.follow;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;

/**
 * Whether the service's kernel takes a client's segment (RFC 9293, section 3.10.7.4; RFC 5961; RFC 7323, section 5.3; Linux:
 * {@code tcp_validate_incoming}, {@code tcp_ack}). The capture sees a segment before TCP does, and TCP ignores many: blind
 * injections, old duplicates, garbage. The kernel's own numbers are known as far as it has told them in what it sent.
 *
 * <p>Where they leave a doubt, the segment counts. If the kernel did not take it, nothing is lost: no acknowledgement covers it, the client
 * sends it again, and a copy that differs is found. The other error is found too: the kernel acknowledges what was not followed
 * ({@link #kernelIsAhead}). Not thread-safe.
 */
final class Acceptance {
    private static final int MAX_WINDOW_FIELD = 0xFFFF;
    /** How much older than the newest a timestamp may be: Linux's TCP_PAWS_WINDOW. */
    private static final int PAWS_WINDOW = 1;

    private final WrapPort wrap;

    Acceptance(WrapPort wrap) {
        this.wrap = wrap;
    }

    /** Whether the kernel has acknowledged bytes that were not followed; all that was captured before must have been handled. */
    static boolean kernelIsAhead(Flow flow, CaptureRecord r) {
        return r.slot() != CaptureRecord.NO_SLOT && Seq.after(r.kernelAck(), flow.committedAck());
    }

    /** Before which offset the kernel has its own bytes, whatever the segment says; 0 if that is not known. */
    static long settled(Flow flow, CaptureRecord r) {
        return r.slot() == CaptureRecord.NO_SLOT ? 0 : flow.clientOffset(r.kernelAck());
    }

    /** Whether the segment may count; the payload may still be old. */
    boolean takes(Flow flow, CaptureRecord r) {
        return r.has(CaptureRecord.ACK)
                && !r.has(CaptureRecord.SYN_FLAG)
                && !isPastWindow(flow, r.seq())
                && !isOldTimestamp(flow.opening, r)
                && isPlausibleAck(flow, r.ack());
    }

    /** Whether the kernel looks at its acknowledgement: it does not if the segment ends before what was acknowledged last. */
    static boolean acknowledges(CaptureRecord r) {
        int end = r.seq() + r.payloadLength() + (r.has(CaptureRecord.FIN) ? 1 : 0);
        return r.slot() == CaptureRecord.NO_SLOT || !Seq.before(end, r.kernelAck());
    }

    /** The edge is read now, so it may be later than it was; and it was rounded down to what the field can say. */
    private boolean isPastWindow(Flow flow, int seq) {
        int right = wrap.maxRight(flow.slot());
        int rounding = (1 << Math.max(flow.opening.serverWindowScale(), 0)) - 1;
        return right != 0 && Seq.after(seq, right + rounding);
    }

    private static boolean isOldTimestamp(Opening opening, CaptureRecord r) {
        return opening.timestamps()
                && r.slot() != CaptureRecord.NO_SLOT
                && r.has(CaptureRecord.TIMESTAMPS)
                && r.kernelTsRecent() != 0
                && Seq.before(r.tsval(), r.kernelTsRecent() - PAWS_WINDOW);
    }

    /** Neither of what was never sent, nor older than any window that the client has ever offered. */
    private boolean isPlausibleAck(Flow flow, int ack) {
        long offset = flow.ackOffset(ack);
        long widest = (long) MAX_WINDOW_FIELD << Math.max(flow.opening.clientWindowScale(), 0);
        if (offset < Math.max(0, flow.ledger.acked() - widest)) return false;
        // What passed before the connection had a slot is known to the ledger only; a FIN counts one.
        return offset <= flow.ledger.serverEnd() + 1 || !Seq.after(ack, wrap.lastSeq(flow.slot()));
    }
}
