package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.daemon.takeover.Restorer.Restored;
import dev.ftcp.xen.packet.InwardFrames;
import dev.ftcp.xen.packet.ProbeFrames;
import org.jspecify.annotations.Nullable;

/**
 * What is said beside a restored connection's socket, so that neither side waits for a timer: to this host's TCP, what its client does not repeat; to
 * the client, what makes it go on. Core loop only.
 */
final class FirstWords {
    private static final long RTO_NANOS = 200_000_000L;

    private final Restored r;
    private final Opening o;
    private final ProbeAnswer last;
    /** The client has sent something that this host has not heard. */
    private final boolean inFlight;
    /** All that the client sent is committed, and it may not know that: else its timer would tell it to send it again. */
    private final boolean unacknowledged;

    private final boolean toService;

    /**
     * @param last how far the client is by now
     * @param unheard what this host has heard of the client's next bytes, or null
     */
    FirstWords(Restored r, ProbeAnswer last, Unheard.@Nullable Data unheard) {
        FlowLedger ledger = r.ledger();
        this.r = r;
        this.o = ledger.opening();
        this.last = last;
        inFlight = Seq.after(last.sndNxt(), unheard == null ? r.rcvNxt() : unheard.endSeq());
        unacknowledged = unheard == null && !inFlight && ledger.clientEnd() != ledger.safeClient();
        toService = r.finTaken()
                || ledger.clientFin()
                || last.window() != r.answer().window();
    }

    /** Whether there is anything to say. */
    boolean any() {
        return toService || inFlight || unacknowledged;
    }

    /**
     * Brings the connection into the state that the FINs make which each side has of the other, and its window to what the client said since its
     * answer: the client does not repeat that.
     *
     * @param tsval the socket's timestamp
     */
    void toService(InwardFrames inward, int tsval) {
        if (!toService) return;
        boolean fin = r.ledger().clientFin();
        inward.fromClient(
                o.key(),
                o.peerMac(),
                fin ? r.rcvNxt() - 1 : r.rcvNxt(),
                r.sndNxt(),
                fin,
                last.window(),
                o.timestamps(),
                last.tsval(),
                tsval);
    }

    /**
     * Makes the client resend what it has in flight, at once.
     *
     * @param silent for how long nothing was acknowledged, ns
     * @param tsval the socket's timestamp
     */
    void toClient(ProbeFrames frames, long silent, int tsval) {
        if (unacknowledged) {
            frames.ack(o.key(), o.peerMac(), r.sndNxt(), r.rcvNxt(), window(), o.timestamps(), tsval, last.tsval());
        }
        if (!inFlight) return;
        if (silent > RTO_NANOS) {
            frames.revertBackoff(
                    o.key(), o.peerMac(), r.sndNxt(), r.rcvNxt(), window(), o.timestamps(), tsval, last.tsval());
        } else if (o.sack()) {
            frames.resend(
                    o.key(),
                    o.peerMac(),
                    r.sndNxt(),
                    r.rcvNxt(),
                    last.sndNxt(),
                    o.clientMss(),
                    window(),
                    o.timestamps(),
                    tsval,
                    last.tsval());
        }
    }

    private int window() {
        return Math.min(Restorer.WINDOW_FIELD, Restorer.SPARE_WINDOW >> Math.max(o.serverWindowScale(), 0));
    }
}
