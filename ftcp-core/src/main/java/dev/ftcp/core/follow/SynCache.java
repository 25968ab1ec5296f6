package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.SynFields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Clients' SYNs that wait for their SYN-ACK. Bounded, oldest out: a flood of SYNs can make real clients retry, and nothing
 * else.
 */
final class SynCache {
    private final int limit;
    private final LinkedHashMap<FlowKey, SynFields> syns = new LinkedHashMap<>();

    SynCache(int limit) {
        this.limit = limit;
    }

    void put(SynFields syn) {
        syns.remove(syn.key());
        syns.put(syn.key(), syn);
        if (syns.size() > limit) {
            Map.Entry<FlowKey, SynFields> oldest = syns.entrySet().iterator().next();
            syns.remove(oldest.getKey());
        }
    }

    @Nullable
    SynFields get(FlowKey key) {
        return syns.get(key);
    }

    void remove(FlowKey key) {
        syns.remove(key);
    }
}
