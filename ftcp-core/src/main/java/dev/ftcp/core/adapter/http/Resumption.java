package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;

/** One way to continue an interrupted response from what the new service instance answers. */
interface Resumption {
    /** A complete interim head (1xx) of the new response. */
    Step interim(byte[] head, ContinuationSink sink);

    /** The complete final head. */
    Step head(ResponseFacts regenerated, byte[] head, ContinuationSink sink);

    /**
     * A run of body bytes in {@code [from, to)}: payload or framing, as {@code framing} says.
     *
     * @param trailer whether a framing run belongs to the trailers
     */
    Step body(ByteBuffer b, int from, int to, BodyFraming framing, boolean trailer, ContinuationSink sink);

    /** The body is complete. */
    Step end(ContinuationSink sink);

    /** Whether the service may close its side without an answer. */
    boolean mayStayUnanswered();

    /** Whether later requests may be sent on before the answer comes. */
    boolean settled();

    /** For status and logs. */
    String describe();
}
