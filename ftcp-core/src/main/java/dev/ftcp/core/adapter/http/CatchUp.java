package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The client is ahead of the log: it has bytes of responses whose heads were never committed. The new responses are counted off
 * against its position.
 *
 * <p>That they are the same ones can only be assumed, because the original's validators are not known: at the end of a response
 * if the method is safe or the service declared deterministic; inside a body if the new response is of a safe method and has a
 * strong validator, so that instances with the same content serve the same bytes, or the service is deterministic. Inside a chunked
 * body only the latter, because nothing vouches for chunk boundaries. Instances that serve different entities under one
 * URL break this assumption; {@code output = "strict"} does without it, as no client is ever ahead of the log there.
 */
final class CatchUp implements Resumption {
    private static final int SERVER_ERROR = 5;

    private final long position;
    private final byte[] prefix;
    private final boolean safe;
    private final boolean deterministic;
    private int interimsToDrop;
    private long left; // bytes that the client has of what comes
    private boolean prefixChecked;
    private boolean bodySeen;
    private @Nullable ResponseFacts facts;

    /**
     * @param position of the client
     * @param start of the head that comes, as server offset: the client has what lies between
     * @param prefix the first bytes from there, as far as the log has them: at most a head
     * @param interims interim responses in the log before them
     */
    CatchUp(long position, long start, byte[] prefix, int interims, boolean safe, boolean deterministic) {
        this.position = position;
        this.left = position - start;
        this.prefix = prefix;
        this.interimsToDrop = interims;
        this.safe = safe;
        this.deterministic = deterministic;
    }

    @Override
    public Step interim(byte[] head, ContinuationSink sink) {
        if (interimsToDrop > 0) {
            interimsToDrop--;
            return Step.MORE;
        }
        if (left > 0) return take(head, sink);
        sink.toClient(ByteBuffer.wrap(head));
        return Step.MORE;
    }

    @Override
    public Step head(ResponseFacts regenerated, byte[] head, ContinuationSink sink) {
        if (left == 0) {
            sink.toClient(ByteBuffer.wrap(head));
            return Step.PASS;
        }
        if (regenerated.status() / 100 == SERVER_ERROR && !deterministic) {
            return Step.reset(
                    "client is ahead of the log, and the service answers with status " + regenerated.status());
        }
        facts = regenerated;
        Step taken = take(head, sink);
        if (taken.kind() != Step.Kind.MORE) return taken;
        boolean inside = switch (regenerated.framing()) {
            case BodyFraming.DONE -> false;
            case BodyFraming.FIXED -> left < regenerated.length();
            case BodyFraming.SIZE -> left == 0;
            default -> true;
        };
        boolean vouched = deterministic || (safe && regenerated.strong());
        if (inside && !vouched) return Step.reset("client is ahead of the log inside a body that nothing vouches for");
        return Step.MORE;
    }

    private Step take(byte[] head, ContinuationSink sink) {
        if (left < head.length) return Step.reset("client is ahead of the log inside a response head");
        if (!prefixChecked && HeadLines.spliceAt(prefix, head) != prefix.length) {
            return Step.reset("the new response head differs from what is in the log");
        }
        prefixChecked = true;
        sink.alreadySeen(position - left, ByteBuffer.wrap(head));
        left -= head.length;
        return Step.MORE;
    }

    @Override
    public Step body(ByteBuffer b, int from, int to, BodyFraming framing, boolean trailer, ContinuationSink sink) {
        int had = (int) Math.min(left, to - from);
        if (had > 0) sink.alreadySeen(position - left, b.slice(from, had));
        left -= had;
        bodySeen |= had > 0;
        if (had == to - from) return Step.MORE;
        boolean chunked = facts != null && facts.framing() == BodyFraming.SIZE;
        if (chunked && bodySeen && !deterministic)
            return Step.reset("client is ahead of the log inside a chunked body");
        sink.toClient(b.slice(from + had, to - from - had));
        return Step.PASS;
    }

    @Override
    public Step end(ContinuationSink sink) {
        if (facts == null || !facts.closes()) return Step.next(position - left);
        return left <= HttpContinuation.FIN
                ? Step.END
                : Step.reset("the service ended the connection before the client's position");
    }

    @Override
    public boolean mayStayUnanswered() {
        return left == 0 && facts == null;
    }

    @Override
    public boolean settled() {
        return false;
    }

    @Override
    public String describe() {
        return "replay up to the client, which is ahead of the log; " + left + " bytes to go";
    }
}
