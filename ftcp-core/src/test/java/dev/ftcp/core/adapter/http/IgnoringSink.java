package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;

/** Takes everything and keeps how much it was, and why it was reset. */
final class IgnoringSink implements ContinuationSink {
    long toClient;
    long toBackend;
    String reason = "";

    @Override
    public void toBackend(ByteBuffer bytes) {
        toBackend += bytes.remaining();
    }

    @Override
    public void toClient(ByteBuffer bytes) {
        toClient += bytes.remaining();
    }

    @Override
    public void finToBackend() {}

    @Override
    public void finToClient() {}

    @Override
    public void reopenBackend() {}

    @Override
    public void reset(String why) {
        reason = why;
    }
}
