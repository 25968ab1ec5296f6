package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;

/**
 * The client has nothing of the final response, or a piece of its head (or of an interim head) that the log has too. It gets the new
 * response, from the byte on where its piece ends.
 */
final class PassWhole implements Resumption {
    private final byte[] prefix;
    private int interimsToDrop;
    private boolean spliced;

    /**
     * @param prefix what the client has of a head
     * @param interims number of interim responses that it has before that
     */
    PassWhole(byte[] prefix, int interims) {
        this.prefix = prefix;
        this.interimsToDrop = interims;
        this.spliced = prefix.length == 0;
    }

    @Override
    public Step interim(byte[] head, ContinuationSink sink) {
        if (interimsToDrop > 0) {
            interimsToDrop--;
            return Step.MORE;
        }
        int at = spliced ? 0 : HeadLines.spliceAt(prefix, head);
        if (at == HeadLines.DIFFERENT) return Step.MORE; // the client's piece is of the head that follows
        spliced = true;
        sink.toClient(ByteBuffer.wrap(head, at, head.length - at));
        return Step.MORE;
    }

    @Override
    public Step head(ResponseFacts regenerated, byte[] head, ContinuationSink sink) {
        int at = spliced ? 0 : HeadLines.spliceAt(prefix, head);
        if (at == HeadLines.DIFFERENT) return Step.reset("the new response head differs from the piece the client has");
        sink.toClient(ByteBuffer.wrap(head, at, head.length - at));
        return Step.PASS;
    }

    @Override
    public Step body(ByteBuffer b, int from, int to, BodyFraming framing, boolean trailer, ContinuationSink sink) {
        throw new AssertionError("passes from the head on");
    }

    @Override
    public Step end(ContinuationSink sink) {
        throw new AssertionError("passes from the head on");
    }

    @Override
    public boolean mayStayUnanswered() {
        return spliced;
    }

    @Override
    public boolean settled() {
        return true;
    }

    @Override
    public String describe() {
        return spliced ? "replay of the request" : "replay, response head from byte " + prefix.length;
    }
}
