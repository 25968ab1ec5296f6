package dev.ftcp.core.follow;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Connections whose socket the service has lost on a host that stays the owner: they keep their slot, their ledger and their place in the
 * standby's copy, and go on in a new socket. Not thread-safe.
 */
public final class Interrupted {
    private final FlowTable table;
    private final WrapPort wrap;
    private final Commits commits;

    Interrupted(FlowTable table, WrapPort wrap, Commits commits) {
        this.table = table;
        this.wrap = wrap;
        this.commits = commits;
    }

    /** No client hears of the end of this connection's socket, which is about to go. */
    public void silence(int slot) {
        Flow flow = table.at(slot);
        if (flow == null || flow.closed) return;
        wrap.silence(slot);
        flow.killed = true;
    }

    /** The same for all connections. */
    public void silenceAll() {
        for (int i = 0; i < table.capacity(); i++) silence(i);
    }

    /** Those whose socket is gone, so that all it ever said is in the ledger. */
    public List<FlowLedger> lost() {
        List<FlowLedger> lost = new ArrayList<>();
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow != null && flow.lost && !flow.closed) lost.add(flow.ledger);
        }
        return lost;
    }

    /**
     * Openings that the service's kernel has forgotten: the listener is gone, and what its clients have not answered went with it, without a word.
     *
     * @param sockets what the kernel still has
     */
    public void forgotten(Set<FlowKey> sockets) {
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow == null || flow.closed || flow.established || sockets.contains(flow.key())) continue;
            flow.killed = true;
            flow.lost = true;
        }
    }

    /** This connection is not to be continued, here or at the standby; false if the log has no room: again later. */
    public boolean giveUp(FlowLedger ledger, String reason) {
        Flow flow = of(ledger);
        return flow == null || commits.unprotect(flow, reason);
    }

    /** Those whose socket is not gone yet: the kernel keeps that of a dead process for as long as its client lacks something. */
    public Set<FlowKey> ending() {
        Set<FlowKey> ending = new HashSet<>();
        for (int i = 0; i < table.capacity(); i++) {
            Flow flow = table.at(i);
            if (flow != null && flow.killed && !flow.lost && !flow.closed) ending.add(flow.key());
        }
        return ending;
    }

    /** Whether the connection of this ledger is followed here. */
    public boolean has(FlowLedger ledger) {
        return of(ledger) != null;
    }

    /** The connection of a ledger, if it is followed here; null if it comes from another host. */
    @Nullable
    Flow of(FlowLedger ledger) {
        int slot = ledger.opening().flow();
        Flow flow = slot < table.capacity() ? table.at(slot) : null;
        return flow != null && flow.ledger == ledger && !flow.closed ? flow : null;
    }
}
