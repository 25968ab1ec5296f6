package dev.ftcp.core.adapter;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A session that never throws: after its adapter's session has, it stays at the last safe point that was known, unprotectable. */
final class CarefulSession implements AdapterSession {
    private enum Event {
        CLIENT,
        SERVER,
        SERVER_SKIP,
        CLIENT_FIN,
        SERVER_FIN
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private @Nullable AdapterSession session;
    private String failure = "";
    private long safeClient;
    private long safeServer;
    private byte[] prelude;

    CarefulSession(@Nullable AdapterSession session, SessionStart start) {
        this.session = session;
        safeClient = start.clientOffset();
        safeServer = start.serverOffset();
        prelude = start.prelude();
    }

    /** One that could not even begin. */
    CarefulSession(RuntimeException cause, SessionStart start) {
        this((AdapterSession) null, start);
        failed(cause);
    }

    @Override
    public void onClient(ByteBuffer bytes) {
        tell(Event.CLIENT, bytes, 0);
    }

    @Override
    public void onServer(ByteBuffer bytes) {
        tell(Event.SERVER, bytes, 0);
    }

    @Override
    public void onServerSkip(long length) {
        tell(Event.SERVER_SKIP, NOTHING, length);
    }

    @Override
    public void onClientFin() {
        tell(Event.CLIENT_FIN, NOTHING, 0);
    }

    @Override
    public void onServerFin() {
        tell(Event.SERVER_FIN, NOTHING, 0);
    }

    private void tell(Event event, ByteBuffer bytes, long length) {
        AdapterSession s = session;
        if (s == null) return;
        try {
            switch (event) {
                case CLIENT -> s.onClient(bytes);
                case SERVER -> s.onServer(bytes);
                case SERVER_SKIP -> s.onServerSkip(length);
                case CLIENT_FIN -> s.onClientFin();
                case SERVER_FIN -> s.onServerFin();
            }
            look(s);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    public long wantServerFrom() {
        AdapterSession s = session;
        if (s == null) return Long.MAX_VALUE;
        try {
            return s.wantServerFrom();
        } catch (RuntimeException e) {
            failed(e);
            return Long.MAX_VALUE;
        }
    }

    @Override
    public long owedUntil() {
        AdapterSession s = session;
        if (s == null) return 0;
        try {
            return s.owedUntil();
        } catch (RuntimeException e) {
            failed(e);
            return 0;
        }
    }

    @Override
    public long safeClientOffset() {
        return safeClient;
    }

    @Override
    public long safeServerOffset() {
        return safeServer;
    }

    @Override
    public byte[] safePrelude() {
        return prelude;
    }

    @Override
    public @Nullable String unprotectable() {
        AdapterSession s = session;
        if (s == null) return failure;
        try {
            return s.unprotectable();
        } catch (RuntimeException e) {
            failed(e);
            return failure;
        }
    }

    @Override
    public Continuation resume(ResumePoint at) {
        AdapterSession s = session;
        if (s == null) return new Unresumable(failure);
        try {
            return s.resume(at);
        } catch (RuntimeException e) {
            failed(e);
            return new Unresumable(failure);
        }
    }

    /** All three together, or none: a safe point is worth nothing in part. */
    private void look(AdapterSession s) {
        long client = s.safeClientOffset(), server = s.safeServerOffset();
        byte[] state = s.safePrelude();
        safeClient = client;
        safeServer = server;
        prelude = state;
    }

    private void failed(RuntimeException e) {
        session = null;
        failure = "the adapter failed: " + e;
    }
}
