package dev.ftcp.daemon.relay;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;

/** Calls the continuation of a flow until it is transparent, and carries out what it asks for. On the flow's event loop. */
final class Driver implements ContinuationSink {
    private final FlowRelay relay;
    private final Continuation continuation;
    private final ClientSide client;
    private final Backend backend;
    private final FlowAccount account;
    private boolean transparent;

    Driver(FlowRelay relay, Continuation continuation, ClientSide client, Backend backend, FlowAccount account) {
        this.relay = relay;
        this.continuation = continuation;
        this.client = client;
        this.backend = backend;
        this.account = account;
    }

    boolean transparent() {
        return transparent;
    }

    String describe() {
        return continuation.describe();
    }

    void start() {
        continuation.onStart(this);
        look();
    }

    /** Bytes of the client; released here. */
    void client(ByteBuf bytes) {
        try {
            continuation.onClient(bytes.nioBuffer(), this);
        } finally {
            bytes.release();
        }
        look();
    }

    /** Bytes of the backend; released here. */
    void backend(ByteBuf bytes) {
        try {
            continuation.onBackend(bytes.nioBuffer(), this);
        } finally {
            bytes.release();
        }
        look();
    }

    void clientFin() {
        continuation.onClientFin(this);
        look();
    }

    void backendFin() {
        continuation.onBackendFin(this);
        look();
    }

    private void look() {
        if (transparent || relay.over() || !continuation.transparent()) return;
        transparent = true;
        account.transparent();
    }

    @Override
    public void toBackend(ByteBuffer bytes) {
        if (bytes.hasRemaining() && !relay.over()) backend.write(copy(bytes));
    }

    @Override
    public void toClient(ByteBuffer bytes) {
        if (bytes.hasRemaining() && !relay.over()) client.write(copy(bytes));
    }

    @Override
    public void finToBackend() {
        if (!relay.over()) backend.fin();
    }

    @Override
    public void finToClient() {
        relay.finToClient();
    }

    @Override
    public void reopenBackend() {
        relay.reopenBackend();
    }

    @Override
    public void reset(String reason) {
        relay.reset(reason);
    }

    private static ByteBuf copy(ByteBuffer bytes) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(bytes.remaining()).writeBytes(bytes);
    }
}
