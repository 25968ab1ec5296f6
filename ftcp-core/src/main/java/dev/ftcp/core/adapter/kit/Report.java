package dev.ftcp.core.adapter.kit;

import java.util.Map;
import java.util.TreeMap;

/** What the kit did. */
public final class Report {
    private int cuts;
    private int continued;
    private int transparent;
    private final Map<String, Integer> resets = new TreeMap<>();

    /** Nothing yet. */
    public Report() {}

    void continued(boolean becameTransparent) {
        cuts++;
        continued++;
        if (becameTransparent) transparent++;
    }

    void reset(String reason) {
        cuts++;
        resets.merge(reason, 1, Integer::sum);
    }

    /** Cuts that were tried. */
    public int cuts() {
        return cuts;
    }

    /** Cuts after which the client's stream went on to its end. */
    public int continued() {
        return continued;
    }

    /** Of these, continuations that became transparent. */
    public int transparent() {
        return transparent;
    }

    /** Connections that were reset, by reason. */
    public Map<String, Integer> resets() {
        return new TreeMap<>(resets);
    }

    @Override
    public String toString() {
        return cuts + " cuts, " + continued + " continued, " + transparent + " transparent, resets " + resets;
    }
}
