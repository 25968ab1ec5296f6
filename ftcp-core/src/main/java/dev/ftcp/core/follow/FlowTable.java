package dev.ftcp.core.follow;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.tcp.FlowKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The followed connections by slot and by key, and the free slots. Not thread-safe. */
final class FlowTable {
    private final @Nullable Flow[] bySlot;
    private final int[] generations;
    private final int[] free;
    private int freeCount;
    private final Map<FlowKey, Flow> byKey = new HashMap<>();

    FlowTable(int slots) {
        bySlot = new Flow[slots];
        generations = new int[slots];
        free = new int[slots];
        for (int i = 0; i < slots; i++) free[i] = slots - 1 - i;
        freeCount = slots;
    }

    /** A free slot, or −1. */
    int takeSlot() {
        return freeCount == 0 ? -1 : free[--freeCount];
    }

    /** The next generation of a slot: never 0, which is what an unused slot holds. */
    int nextGeneration(int slot) {
        if (++generations[slot] == 0) generations[slot] = 1;
        return generations[slot];
    }

    void put(Flow flow) {
        bySlot[flow.slot()] = flow;
        byKey.put(flow.key(), flow);
    }

    @Nullable
    Flow get(FlowKey key) {
        return byKey.get(key);
    }

    /** The user of a slot, if it is the one that the generation names. */
    @Nullable
    Flow get(int slot, int generation) {
        if (slot < 0 || slot >= bySlot.length) return null;
        Flow flow = bySlot[slot];
        return flow != null && flow.generation == generation ? flow : null;
    }

    /** The connection of a captured record, if it is followed. */
    @Nullable
    Flow find(CaptureRecord r) {
        if (r.slot() != CaptureRecord.NO_SLOT) return get(r.slot(), r.generation());
        FlowKey key = r.key();
        return get(key);
    }

    @Nullable
    Flow at(int slot) {
        return bySlot[slot];
    }

    /** Whether the flow is still the user of its slot. */
    boolean isCurrent(Flow flow) {
        return bySlot[flow.slot()] == flow;
    }

    int capacity() {
        return bySlot.length;
    }

    int size() {
        return byKey.size();
    }

    void remove(Flow flow) {
        bySlot[flow.slot()] = null;
        byKey.remove(flow.key(), flow);
        free[freeCount++] = flow.slot();
    }
}
