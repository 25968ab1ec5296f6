package dev.ftcp.core.adapter.opaque;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.SessionStart;

/** Any protocol: every client byte is replayed, and every byte that the service answers is verified. */
public final class OpaqueAdapter implements Adapter {
    /** For {@link java.util.ServiceLoader}. */
    public OpaqueAdapter() {}

    @Override
    public String name() {
        return "opaque";
    }

    @Override
    public AdapterSession open(SessionStart start) {
        return new OpaqueSession(start);
    }
}
