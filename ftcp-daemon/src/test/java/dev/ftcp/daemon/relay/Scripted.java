package dev.ftcp.daemon.relay;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;

/** A continuation that replays, and discards so many bytes of the answer; the base of the other ones. */
class Scripted implements Continuation {
    private long discard;
    private final Thread[] thread = new Thread[1];
    private boolean inside;

    Scripted(long discard) {
        this.discard = discard;
    }

    /** Fails if calls come from two threads, or one from within another. */
    private void enter() {
        if (thread[0] == null) thread[0] = Thread.currentThread();
        if (thread[0] != Thread.currentThread() || inside) throw new IllegalStateException("not single-threaded");
        inside = true;
    }

    @Override
    public final void onStart(ContinuationSink sink) {
        enter();
        start(sink);
        inside = false;
    }

    @Override
    public final void onClient(ByteBuffer bytes, ContinuationSink sink) {
        enter();
        client(bytes, sink);
        inside = false;
    }

    @Override
    public final void onBackend(ByteBuffer bytes, ContinuationSink sink) {
        enter();
        backend(bytes, sink);
        inside = false;
    }

    @Override
    public final void onClientFin(ContinuationSink sink) {
        enter();
        clientFin(sink);
        inside = false;
    }

    @Override
    public final void onBackendFin(ContinuationSink sink) {
        enter();
        backendFin(sink);
        inside = false;
    }

    void start(ContinuationSink sink) {}

    void client(ByteBuffer bytes, ContinuationSink sink) {
        sink.toBackend(bytes);
    }

    void backend(ByteBuffer bytes, ContinuationSink sink) {
        int n = (int) Math.min(discard, bytes.remaining());
        discard -= n;
        bytes.position(bytes.position() + n);
        sink.toClient(bytes);
    }

    void clientFin(ContinuationSink sink) {
        sink.finToBackend();
    }

    void backendFin(ContinuationSink sink) {
        sink.finToClient();
    }

    @Override
    public boolean transparent() {
        return discard == 0;
    }

    @Override
    public String describe() {
        return discard + " bytes to discard";
    }
}
