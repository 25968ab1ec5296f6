package dev.ftcp.core.adapter;

import java.nio.ByteBuffer;

/** Where a {@link Continuation} puts its output. Buffers are copied or sent before the call returns. */
public interface ContinuationSink {
    /** Bytes for the new service instance. */
    void toBackend(ByteBuffer bytes);

    /** Bytes for the client, the next ones of its stream. */
    void toClient(ByteBuffer bytes);

    /** No more bytes for the backend: half-close after what was given. */
    void finToBackend();

    /** No more bytes for the client: half-close after what was given. */
    void finToClient();

    /**
     * Drop the backend connection and open a fresh one: what follows by {@link #toBackend} goes there, and bytes of the old one are
     * never delivered. Used when a resumption attempt is answered in a way that cannot be continued.
     */
    void reopenBackend();

    /** The connection cannot be continued byte-exactly (G6): it is reset, counted and named with this reason. */
    void reset(String reason);

    /**
     * Bytes that the client has already, though the log lacks them, so that the connection can be followed, and protected again,
     * without a hole: regenerated output below {@link ResumePoint#clientPosition()}. In order; bytes before {@code offset} that were not
     * given are such as a session there does not {@linkplain AdapterSession#wantServerFrom() want}, and the call may give none, to
     * say just that. Everything up to the client's position is told before what follows it is given to {@link #toClient}.
     *
     * @param offset of the first byte in the server's stream
     */
    default void alreadySeen(long offset, ByteBuffer bytes) {}
}
