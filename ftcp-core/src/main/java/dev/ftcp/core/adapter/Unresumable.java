package dev.ftcp.core.adapter;

import java.nio.ByteBuffer;

/** A continuation for a connection that cannot be continued: resets it with a reason, whatever comes. */
public final class Unresumable implements Continuation {
    private final String reason;
    private boolean said;

    /** @param reason why the connection is reset (G6) */
    public Unresumable(String reason) {
        this.reason = reason;
    }

    @Override
    public void onStart(ContinuationSink sink) {
        say(sink);
    }

    @Override
    public void onClient(ByteBuffer bytes, ContinuationSink sink) {
        say(sink);
    }

    @Override
    public void onBackend(ByteBuffer bytes, ContinuationSink sink) {
        say(sink);
    }

    @Override
    public void onClientFin(ContinuationSink sink) {
        say(sink);
    }

    @Override
    public void onBackendFin(ContinuationSink sink) {
        say(sink);
    }

    @Override
    public boolean transparent() {
        return false;
    }

    @Override
    public String describe() {
        return "reset: " + reason;
    }

    private void say(ContinuationSink sink) {
        if (said) return;
        said = true;
        sink.reset(reason);
    }
}
