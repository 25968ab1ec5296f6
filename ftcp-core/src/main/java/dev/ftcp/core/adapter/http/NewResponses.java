package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.ContinuationSink;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The new service instance's side of a continuation: cuts its output into heads and body runs for a {@link Resumption}. */
final class NewResponses {
    private final HeadParser parser = new HeadParser();
    private final BodyFraming body = new BodyFraming();
    private final Resumption way;
    private final int kind;
    private final boolean requestCloses;
    private @Nullable SplitHead split;
    private boolean inBody;

    /** @param kind of the request that is answered */
    NewResponses(Resumption way, int kind, boolean requestCloses) {
        this.way = way;
        this.kind = kind;
        this.requestCloses = requestCloses;
    }

    /** Takes bytes up to a step that the caller must act on; {@link Step#MORE} when all are taken. */
    Step feed(ByteBuffer b, ContinuationSink sink) {
        Step step = Step.MORE;
        while (step.kind() == Step.Kind.MORE && (b.hasRemaining() || (inBody && body.done()))) {
            if (!inBody) step = head(b, sink);
            else if (body.done()) step = way.end(sink);
            else step = run(b, sink);
        }
        return step;
    }

    private Step head(ByteBuffer b, ContinuationSink sink) {
        SplitHead s = split;
        if (s == null) split = s = new SplitHead();
        b.position(b.position() + s.append(b, b.position(), b.limit()));
        if (s.tooLong()) return Step.reset("new response head longer than " + HeadParser.MAX_HEAD + " bytes");
        if (!s.complete()) return Step.MORE;
        split = null;
        byte[] head = Arrays.copyOf(s.view().array(), s.length());
        if (parser.response(s.view(), 0, s.length()) <= 0) return Step.reset("new response: " + parser.problem());
        boolean interim = parser.status() / 100 == 1 && parser.status() != HttpSession.SWITCHING_PROTOCOLS;
        if (interim) return way.interim(head, sink);
        ResponseFacts.frame(parser, kind, body);
        inBody = true;
        return way.head(ResponseFacts.of(parser, head, kind, requestCloses), head, sink);
    }

    private Step run(ByteBuffer b, ContinuationSink sink) {
        int from = b.position();
        boolean trailer = body.state() >= BodyFraming.TRAILER;
        int to = body.step(b, from, b.limit());
        if (body.bad()) return Step.reset("malformed chunk in the new response");
        b.position(to);
        return way.body(b, from, to, body, trailer, sink);
    }

    /** The service closed its side: the end of a body that is framed by that, else an early end. */
    Step fin(ContinuationSink sink) {
        if (inBody && body.state() == BodyFraming.UNTIL_CLOSE) return way.end(sink);
        if (!inBody && split == null && way.mayStayUnanswered()) return Step.END;
        return Step.reset("the service closed the connection before the response was complete");
    }
}
