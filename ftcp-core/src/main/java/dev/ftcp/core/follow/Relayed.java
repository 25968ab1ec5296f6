package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Connections that were taken over and live in the relay: where they go on, and what the relay says of them. Its words wait here while
 * the log has no room, in their order. Not thread-safe.
 */
final class Relayed {
    /**
     * The relay says what the client has before it sends what follows. So when a capture of the latter is offered for the first time, its word may be
     * on its way; the second time all words have come that were said before the first, as one of them may have been during that batch. A word that
     * is not there the third time is missing, however long that took.
     */
    private static final int WORDS_TAKEN = 2;

    /** Not before: what was captured is offered again at once. */
    private static final long WORD_NANOS = 5_000_000L;

    /** As long as a segment may be on its way (RFC 9293 says two minutes; a queue holds seconds). */
    private static final long SEGMENT_LIFETIME_NANOS = 60_000_000_000L;

    /** Bytes for a flow, or null: the relay is done with it. */
    private record Word(Flow flow, long offset, @Nullable ByteBuffer bytes) {}

    private final FollowConfig config;
    private final WrapPort wrap;
    private final FlowTable table;
    private final Connections connections;
    private final ServerStream server;
    private final Commits commits;
    private final Acknowledger acks;
    private final Maintenance maintenance;
    private final ArrayDeque<Word> words = new ArrayDeque<>();
    private long taken;

    Relayed(
            FollowConfig config,
            WrapPort wrap,
            FlowTable table,
            Connections connections,
            ServerStream server,
            Commits commits,
            Acknowledger acks,
            Maintenance maintenance) {
        this.config = config;
        this.wrap = wrap;
        this.table = table;
        this.connections = connections;
        this.server = server;
        this.commits = commits;
        this.acks = acks;
        this.maintenance = maintenance;
    }

    /** See {@link FlowEngine#continueFlow}; null if no slot is free. */
    @Nullable
    Flow begin(FlowLedger old, long clientPosition, long now) {
        connections.evict(old.opening().key(), now);
        int slot = connections.takeSlot(now);
        if (slot < 0) return null;
        Opening opening = old.opening().withFlow(slot, old.tsval(now));
        FlowLedger ledger = old.withOpening(opening, now);
        return goOn(connections.add(ledger, SessionRebuild.toFollow(config, ledger)), clientPosition, now);
    }

    /** The same for a connection that was this host's before. */
    Flow again(Flow was, long clientPosition, long now) {
        was.ledger.withOpening(was.opening.withFlow(was.slot(), was.ledger.tsval(now)), now);
        return goOn(connections.replace(was, SessionRebuild.toFollow(config, was.ledger)), clientPosition, now);
    }

    private Flow goOn(Flow flow, long clientPosition, long now) {
        FlowLedger ledger = flow.ledger;
        Opening opening = flow.opening;
        int slot = flow.slot();
        flow.established = true;
        flow.vouchedUntil = clientPosition;
        if (ledger.clientFin()) flow.clientFinAt = ledger.clientEnd();
        boolean finTaken = ledger.serverFin() && clientPosition >= ledger.serverEnd();
        int nextSeq = Seq.at(opening.serverIsn(), clientPosition) + (finTaken ? 1 : 0);
        connections.bindDeaf(flow, nextSeq, !flow.replicated && commits.log() == null);
        wrap.ahead(slot, now + SEGMENT_LIFETIME_NANOS);
        commits.progress(flow);
        maintenance.watch(flow);
        return flow;
    }

    void say(int slot, long offset, @Nullable ByteBuffer bytes, long now) {
        Flow flow = connections.open(slot);
        // The slot may have another user by now: only a connection that came by a takeover is the relay's.
        if (flow == null || !flow.ledger.continued()) return;
        words.add(new Word(flow, offset, bytes));
        settle(now);
    }

    /** See {@link FlowEngine#wordsTaken}. */
    void taken() {
        taken++;
    }

    /** Takes the words that have waited, as far as the log has room. */
    void settle(long now) {
        for (Word word = words.peek(); word != null && take(word, now); word = words.peek()) words.remove();
    }

    private boolean take(Word word, long now) {
        Flow flow = word.flow;
        if (!table.isCurrent(flow) || flow.closed) return true;
        ByteBuffer b = word.bytes;
        if (b == null) {
            if (!commits.hasRoom()) return false;
            connections.close(flow, now);
            return true;
        }
        boolean done = server.segment(flow, word.offset, b, b.position(), b.remaining(), b.remaining());
        acks.touch(flow);
        maintenance.watch(flow);
        return done;
    }

    /**
     * Whether a segment at {@code offset} has to wait, because the relay still has to say what comes before it.
     *
     * @param bareFin whether it is nothing but the end of the service's stream
     */
    boolean awaitsWord(Flow flow, long offset, boolean bareFin, long now) {
        long known = flow.ledger.serverEnd();
        if (known >= flow.vouchedUntil || offset <= known || flow.unguarded()) return false;
        if (flow.vouchDeadlineNanos == 0) {
            flow.vouchDeadlineNanos = now + WORD_NANOS;
            flow.vouchTaken = taken + WORDS_TAKEN;
        }
        if (!words.isEmpty() || taken < flow.vouchTaken || now < flow.vouchDeadlineNanos) return true;
        if (bareFin && offset == known + 1) {
            // All that the service has to say is said, and the client has one more: that was the FIN of the old owner.
            flow.finBehind = true;
            flow.vouchedUntil = known;
            wrap.finAck(flow.slot(), Seq.at(flow.opening.serverIsn(), offset) + 1);
            return false;
        }
        return !commits.unprotect(
                flow, "the client was ahead of the log at a takeover, and the adapter could not fill the gap");
    }

    void clear() {
        words.clear();
    }
}
