package dev.ftcp.daemon.takeover;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;

/**
 * A continuation whose {@link ContinuationSink#alreadySeen} bytes go to the follow engine: they fill the hole between the log's end and
 * what the client has. Single-threaded, on the relay's event loop; the consumer gets its own copy.
 */
final class Vouching implements Continuation {
    /** Takes what the client has beyond the log. */
    @FunctionalInterface
    interface Engine {
        void accept(long offset, ByteBuffer bytes);
    }

    private final Continuation inner;
    private final Engine engine;

    Vouching(Continuation inner, Engine engine) {
        this.inner = inner;
        this.engine = engine;
    }

    @Override
    public void onStart(ContinuationSink sink) {
        inner.onStart(new Sink(sink));
    }

    @Override
    public void onClient(ByteBuffer bytes, ContinuationSink sink) {
        inner.onClient(bytes, new Sink(sink));
    }

    @Override
    public void onBackend(ByteBuffer bytes, ContinuationSink sink) {
        inner.onBackend(bytes, new Sink(sink));
    }

    @Override
    public void onClientFin(ContinuationSink sink) {
        inner.onClientFin(new Sink(sink));
    }

    @Override
    public void onBackendFin(ContinuationSink sink) {
        inner.onBackendFin(new Sink(sink));
    }

    @Override
    public boolean transparent() {
        return inner.transparent();
    }

    @Override
    public String describe() {
        return inner.describe();
    }

    private final class Sink implements ContinuationSink {
        private final ContinuationSink out;

        Sink(ContinuationSink out) {
            this.out = out;
        }

        @Override
        public void alreadySeen(long offset, ByteBuffer bytes) {
            engine.accept(
                    offset,
                    ByteBuffer.allocate(bytes.remaining())
                            .put(bytes.duplicate())
                            .flip());
        }

        @Override
        public void toBackend(ByteBuffer bytes) {
            out.toBackend(bytes);
        }

        @Override
        public void toClient(ByteBuffer bytes) {
            out.toClient(bytes);
        }

        @Override
        public void finToBackend() {
            out.finToBackend();
        }

        @Override
        public void finToClient() {
            out.finToClient();
        }

        @Override
        public void reopenBackend() {
            out.reopenBackend();
        }

        @Override
        public void reset(String reason) {
            out.reset(reason);
        }
    }
}
