package dev.ftcp.core.ledger;

import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.Opening;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Connections by their id. Not thread-safe. */
final class FlowLedgers {
    private final @Nullable FlowLedger[] byId;
    private final ChunkPool pool;
    private final long perFlow;
    private int size;

    FlowLedgers(int maxFlows, ChunkPool pool, long perFlow) {
        this.byId = new FlowLedger[maxFlows];
        this.pool = pool;
        this.perFlow = perFlow;
    }

    /** Makes a connection; a later opening of the same id replaces the earlier one. */
    void open(Opening opening, long nowNanos) {
        close(opening.flow());
        if (opening.flow() >= byId.length) return;
        byId[opening.flow()] = new FlowLedger(opening, pool, perFlow, nowNanos);
        size++;
    }

    @Nullable
    FlowLedger get(int id) {
        return id >= 0 && id < byId.length ? byId[id] : null;
    }

    void close(int id) {
        FlowLedger f = get(id);
        if (f == null) return;
        f.release();
        byId[id] = null;
        size--;
    }

    int size() {
        return size;
    }

    void forEach(Consumer<FlowLedger> visitor) {
        for (FlowLedger f : byId) {
            if (f != null) visitor.accept(f);
        }
    }

    void clear() {
        for (int i = 0; size > 0 && i < byId.length; i++) close(i);
    }

    /** Forgets all connections without giving their memory back. */
    void forget() {
        Arrays.fill(byId, null);
        size = 0;
    }
}
