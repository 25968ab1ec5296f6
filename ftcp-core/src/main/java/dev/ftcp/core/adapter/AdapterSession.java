package dev.ftcp.core.adapter;

import java.nio.ByteBuffer;

/**
 * Follows one connection: sees both streams in order and says where it may be cut. Client bytes are always given before
 * the server bytes that answer them. Between a {@link #onServer} and the next, the server stream may skip bytes that
 * nobody asked to see ({@link #onServerSkip}). Not thread-safe. Must not allocate per call in the common case, and must
 * accept any bytes: input that the protocol does not allow makes the session {@linkplain #unprotectable() give up} and
 * never throws.
 */
public interface AdapterSession {
    /**
     * The next client bytes, in order.
     *
     * @param bytes position to limit are the bytes; the buffer belongs to the caller and is valid during the call
     */
    void onClient(ByteBuffer bytes);

    /** The next server bytes, in order. Ownership as in {@link #onClient}. */
    void onServer(ByteBuffer bytes);

    /** The server stream advanced by {@code length} bytes that were not captured. */
    void onServerSkip(long length);

    /** The client will send no more. */
    void onClientFin();

    /** The service will send no more. */
    void onServerFin();

    /**
     * The next server offset that the session must see. Until then bytes may pass uncaptured. {@link Long#MAX_VALUE}
     * if none. Never decreases.
     */
    long wantServerFrom();

    /**
     * The server offset before which the service's stream cannot end in an ordinary way: a response would be cut short, or a request left without one. If
     * a service fails there, its client is not told, and the connection is continued as if the service had been killed. At most the next server
     * offset, such as 0, if the protocol does not tell.
     */
    default long owedUntil() {
        return 0;
    }

    /** Client offset of the latest safe point: a new instance needs no client byte before it. */
    long safeClientOffset();

    /** Server offset of the latest safe point: everything before it was produced by input before the safe point. */
    long safeServerOffset();

    /**
     * Bytes that put a new service instance into the state it had at the latest safe point; empty for stateless protocols.
     * The array belongs to the session and is not changed while the safe point stays.
     */
    byte[] safePrelude();

    /** Why this connection can no longer be continued by this adapter, or null while it can. */
    @org.jspecify.annotations.Nullable
    String unprotectable();

    /**
     * Plans the continuation of this connection on a new service instance. Called once, on a session of {@link Adapter#rebuild}
     * that has seen everything that was committed since {@code at.safeClient()} and {@code at.safeServer()}, where it was begun; the
     * session is not used afterwards. Also called when the session is {@linkplain #unprotectable() unprotectable}: the continuation
     * then resets with that reason ({@link Unresumable}).
     *
     * @throws IllegalStateException if this session was made by {@link Adapter#open} and keeps too little
     */
    Continuation resume(ResumePoint at);
}
