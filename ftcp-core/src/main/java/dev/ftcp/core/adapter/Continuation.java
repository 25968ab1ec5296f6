package dev.ftcp.core.adapter;

import java.nio.ByteBuffer;

/**
 * Carries one taken-over connection to its end: turns what the client sent into what the new service instance must be sent,
 * and what that answers into exactly the bytes that the client still lacks. A state machine without I/O; single-threaded.
 *
 * <p>Order of calls: {@link #onStart}; then client bytes from the safe point on, first the committed ones and then, without
 * a seam, those that the client sends; backend bytes whenever they come. Once {@link #transparent()} is true, both
 * directions may be passed through untouched.
 */
public interface Continuation {
    /** Before anything else: for what must be sent to the backend without waiting for bytes, such as a prelude. */
    void onStart(ContinuationSink sink);

    /** The next client bytes; the buffer belongs to the caller and is valid during the call. */
    void onClient(ByteBuffer bytes, ContinuationSink sink);

    /** The next bytes of the new service instance. */
    void onBackend(ByteBuffer bytes, ContinuationSink sink);

    /** The client's FIN came (or was committed). */
    void onClientFin(ContinuationSink sink);

    /** The new service instance closed its side. */
    void onBackendFin(ContinuationSink sink);

    /** Whether the past is dealt with, so that bytes may pass both ways without this object. Never returns to false. */
    boolean transparent();

    /** For status and logs: what is being done, such as {@code "range from 1048576"}. */
    String describe();
}
