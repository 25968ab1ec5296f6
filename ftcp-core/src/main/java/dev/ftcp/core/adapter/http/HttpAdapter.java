package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.SessionStart;

/**
 * HTTP/1.0 and HTTP/1.1, to an origin server or a forward proxy. Safe points lie after complete responses; what happens to an
 * interrupted one is in the table of {@link HttpContinuation}.
 */
public final class HttpAdapter implements Adapter {
    /** For {@link java.util.ServiceLoader}. */
    public HttpAdapter() {}

    @Override
    public String name() {
        return "http";
    }

    @Override
    public AdapterSession open(SessionStart start) {
        return new HttpSession(start, false);
    }

    @Override
    public AdapterSession rebuild(SessionStart start) {
        return new HttpSession(start, true);
    }
}
