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
    private boolean transparent, clientFin, ended;

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

    /** Whether both sides were ended by the continuation, and not because the client has ended its own. */
    boolean ended() {
        return ended;
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
        clientFin = true;
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
        if (relay.over()) return;
        ended = !clientFin && client.finAsked();
        // Nothing was ever asked of this service instance: it need not hear of it.
        if (!ended || backend.opened()) backend.fin();
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
