package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import org.jspecify.annotations.Nullable;

/**
 * One connection that the engine follows; its slot number is also its id in the log. Plain state: the engine's parts decide. Not
 * thread-safe.
 */
final class Flow {
    /** A sequence number can only tell what is less than 2^31 ahead: nearer targets are set as the stream goes on. */
    private static final long MOST_AHEAD = 1L << 30;

    final Opening opening;
    final int generation;
    final FlowLedger ledger;
    final AdapterSession session;

    /** Client segments ahead of a gap; made when first needed. */
    @Nullable
    OutOfOrder outOfOrder;

    /** Offset of the client's FIN once it was seen, maybe ahead of a gap; −1 before. */
    long clientFinAt = -1;

    /** Whether the standby has it all, so that increments go to the log. */
    boolean replicated;

    /** Whether the standby knows of it at all: at least its opening is in the log. */
    boolean announced;

    /** Server bytes before this offset are to come from the relay: a client was ahead of the log at a takeover. */
    long vouchedUntil;

    /** Whether the client's position counted the FIN of the old owner, so that this kernel's FIN is one behind its place. */
    boolean finBehind;

    /** When, and after how often words were taken, waiting for that ends; 0 before it begins. */
    long vouchDeadlineNanos, vouchTaken;

    /** Whether the acknowledger has it on its list, and the maintenance on its own. */
    boolean touched, watched;

    /** Whether it waits for its turn to be kicked, and until when. */
    boolean kickPending;

    long kickDueNanos;

    /** How many acknowledgements were seen to be swallowed, and whether the last of them is still to be made up for. */
    int heldSeen;

    boolean ackOwed;

    /** Whether the session has a safe point that the client's acknowledgements do not allow yet. */
    boolean safePointPending;

    /** When its SYN-ACK was said last. */
    long synAckNanos;

    /** Whether the service's socket was ever open: until then its kernel may forget it without a word. */
    boolean established;

    /** The task that owned the socket died by a signal; {@code lost}: and the socket is gone. */
    boolean killed, lost;

    /** Whether it is over; its slot may be used again, or a lost connection is given up, at {@code endNanos}. */
    boolean closed;

    long endNanos;

    Flow(Opening opening, int generation, FlowLedger ledger, AdapterSession session) {
        this.opening = opening;
        this.generation = generation;
        this.ledger = ledger;
        this.session = session;
    }

    int slot() {
        return opening.flow();
    }

    FlowKey key() {
        return opening.key();
    }

    /** Whether there is nothing to hold back for: it is over, or given up. */
    boolean unguarded() {
        return closed || ledger.unprotected() != null;
    }

    /** The offset of an acknowledgement of the client near what it has acknowledged. */
    long ackOffset(int ack) {
        return Seq.offset(ack, opening.serverIsn(), ledger.acked());
    }

    /** Everything of the client that is committed, as an acknowledgement number. */
    int committedAck() {
        return ledger.committedAck();
    }

    /** From where the session must see the service's bytes, as a sequence number. */
    int wantSeq() {
        return Seq.at(opening.serverIsn(), Math.min(session.wantServerFrom(), ledger.serverEnd() + MOST_AHEAD));
    }

    /** Where the service's stream may end at the earliest without cutting a response short, as a sequence number. */
    int owedSeq() {
        return Seq.at(opening.serverIsn(), Math.min(session.owedUntil(), ledger.serverEnd() + MOST_AHEAD));
    }

    /** The offset of a client sequence number near what is committed. */
    long clientOffset(int seq) {
        return Seq.offset(seq, opening.clientIsn(), ledger.clientEnd());
    }

    /** The offset of a server sequence number near what is known. */
    long serverOffset(int seq) {
        return Seq.offset(seq, opening.serverIsn(), ledger.serverEnd());
    }
}
