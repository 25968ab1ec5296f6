package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import org.jspecify.annotations.Nullable;

/**
 * One connection that the engine follows; its slot number is also its id in the log. Plain state: the engine decides. Not
 * thread-safe.
 */
final class Flow {
    final Opening opening;
    final int generation;
    final FlowLedger ledger;
    AdapterSession session;

    /** Client segments ahead of a gap; made when first needed. */
    @Nullable
    OutOfOrder outOfOrder;

    /** Offset of the client's FIN once it was seen, maybe ahead of a gap; −1 before. */
    long clientFinAt = -1;

    /** Whether the standby has it all, so that increments go to the log. */
    boolean replicated;

    /** Server bytes before this offset are to come from the relay: a client was ahead of the log at a takeover. */
    long vouchedUntil;

    /** When waiting for that ends; 0 before it begins. */
    long vouchDeadlineNanos;

    boolean dirty;
    boolean kickPending;
    boolean safePointPending;
    boolean following;
    int heldSeen;
    long kickDueNanos;

    /** When the slot may be used again; 0 while the kernel has the socket. */
    long reapNanos;

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

    boolean closed() {
        return reapNanos != 0;
    }

    /** Everything of the client that is committed, as an acknowledgement number. */
    int committedAck() {
        return Seq.at(opening.clientIsn(), ledger.clientEnd()) + (ledger.clientFin() ? 1 : 0);
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
