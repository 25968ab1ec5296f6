package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.core.adapter.ResumePoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Continues an HTTP connection. Requests that the client has its whole response to are dropped; the first one that it has not
 * is dealt with by the table, and then both directions pass.
 *
 * <table>
 * <caption>What is done, by what the client has</caption>
 * <tr><th>client has of the response</th><th>what is done</th></tr>
 * <tr><td>a piece or nothing, and the log has all the rest</td><td>rest from the log; the request is not executed again</td></tr>
 * <tr><td>nothing (idle, or request in flight)</td><td>everything passes from that request on</td></tr>
 * <tr><td>interim responses only</td><td>replay; as many interim responses are dropped, the rest passes</td></tr>
 * <tr><td>a piece of the head, the log no more</td><td>replay; new head from there, if its lines so far are the same</td></tr>
 * <tr><td>head and X body bytes, GET, fixed length, strong validator</td><td>{@code Range: bytes=X-} with {@code If-Range}:
 *     206 continues, 200 is regenerated, another range is asked again without</td></tr>
 * <tr><td>head and X body bytes, otherwise</td><td>replay; status, length, type and validators must be equal, X bytes are
 *     verified against the log and dropped, the rest is framed as the original was. Bytes that are not in the log need a strong
 *     validator of a safe method, or a deterministic service</td></tr>
 * <tr><td>more than the log</td><td>one of the two before if the log has the head, else {@link CatchUp}</td></tr>
 * <tr><td>all of one that ends the connection</td><td>the client's connection is ended</td></tr>
 * </table>
 *
 * Everything else is reset with a reason. Bodies stream; what is buffered is one head per direction, and pipelined
 * requests (at most {@link #MAX_HELD} bytes) while it is open how to go on.
 */
final class HttpContinuation implements Continuation {
    /** Most bytes of later requests that are held back. */
    static final int MAX_HELD = 1 << 20;

    /** The service's FIN counts as one in the position of a client that is ahead of the log. */
    static final int FIN = 1;

    private final ResumePoint at;
    private final KeptBytes kept;
    private final boolean deterministic;
    private final ReplayedRequests requests;
    private final long sendFrom; // of the log, before any request is looked at
    private long start; // server offset of the response to the request in turn
    private long position; // of the client, with what it was sent from the log
    private long fed; // client offset
    private @Nullable NewResponses responses;
    private @Nullable Resumption again; // for a second attempt without Range
    private boolean passing;
    private boolean ended;
    private boolean clientFin;
    private String doing = "replay of the request";

    HttpContinuation(ResumePoint at, Recording log, boolean deterministic) {
        this.at = at;
        this.kept = log.kept();
        this.deterministic = deterministic;
        int point = log.reached(at.clientPosition());
        sendFrom = at.clientPosition();
        position = sendFrom;
        while (log.has(point + 1) && kept.contiguousEnd(position) >= log.server(point + 1))
            position = log.server(++point);
        start = log.server(point);
        fed = at.safeClient();
        requests = new ReplayedRequests(log.client(point) - fed);
    }

    @Override
    public void onStart(ContinuationSink sink) {
        if (position > sendFrom) sink.toClient(ByteBuffer.wrap(kept.copy(sendFrom, position)));
        if (at.serverFin() && position >= at.committedServer()) end(sink);
        else startExchange(sink);
        checkRequest(sink);
    }

    /** The client has everything before {@link #start}. */
    private void startExchange(ContinuationSink sink) {
        if (position == start && kept.contiguousEnd(start) == start) pass(sink);
    }

    @Override
    public void onClient(ByteBuffer bytes, ContinuationSink sink) {
        fed += bytes.remaining();
        feedRequests(bytes, sink);
        checkRequest(sink);
    }

    private void feedRequests(ByteBuffer bytes, ContinuationSink sink) {
        while (bytes.hasRemaining() && !ended) {
            switch (requests.feed(bytes, sink)) {
                case NONE -> {}
                case READY -> decide(sink);
                case DROPPED -> dropped(sink);
                case FAILED -> reset(requests.problem(), sink);
            }
        }
        bytes.position(bytes.limit());
    }

    /**
     * A client that has bytes of a response has sent its request. If it is not in the log (the daemon died before its host fell silent), then it
     * was not acknowledged either (G1): the client sends it again, and a deterministic service answers it with the bytes it has.
     */
    private void checkRequest(ContinuationSink sink) {
        boolean missing = !deterministic && fed >= at.committedClient() && requests.waitsForHead();
        if (missing && !ended && position > start && !mayHaveFin())
            reset("client has bytes of a response to no request", sink);
    }

    /** Whether the client is one ahead of a service that owes nothing: by the end of the connection, unless it says a request. */
    private boolean mayHaveFin() {
        return !passing && position == start + FIN && requests.isBetween();
    }

    private void decide(ContinuationSink sink) {
        LoggedResponse log = LoggedResponse.examine(
                kept, start, position, at.committedServer(), at.serverFin(), requests.kind(), requests.closes());
        if (log.position() > position) sink.toClient(ByteBuffer.wrap(kept.copy(position, log.position())));
        position = log.position();
        ResponseFacts facts = log.facts();
        if (!log.complete()) {
            replay(log, sink);
        } else if (facts != null && facts.closes()) {
            if (position > log.end() + FIN) reset("client has bytes after the end of the last response", sink);
            else end(sink);
        } else {
            start = log.end();
            if (requests.drop() == ReplayedRequests.Event.DROPPED) dropped(sink);
        }
    }

    private void dropped(ContinuationSink sink) {
        requests.next();
        startExchange(sink);
    }

    private void replay(LoggedResponse log, ContinuationSink sink) {
        Plan plan = Plan.of(log, kept, requests, deterministic);
        Resumption way = plan.way();
        if (way == null) {
            reset(plan.refusal(), sink);
            return;
        }
        doing = way.describe();
        again = plan.again();
        if (way instanceof Regenerate) tellAhead(sink); // what it drops is inside a body that a session need not see
        responses = new NewResponses(way, requests.kind(), requests.closes());
        requests.forward(plan.head(), sink);
        if (way.settled()) requests.settle(sink);
    }

    @Override
    public void onBackend(ByteBuffer bytes, ContinuationSink sink) {
        advance(bytes, sink);
        if (passing && bytes.hasRemaining()) sink.toClient(bytes.slice());
        bytes.position(bytes.limit());
    }

    private void advance(ByteBuffer bytes, ContinuationSink sink) {
        while (!passing && !ended) {
            NewResponses current = responses;
            if (current == null) {
                if (bytes.hasRemaining()) reset("the service spoke before it was asked", sink);
                return;
            }
            Step step = current.feed(bytes, sink);
            if (step.kind() == Step.Kind.MORE) return;
            if (step.kind() == Step.Kind.RETRY) bytes.position(bytes.limit()); // of the connection that is given up
            act(step, sink);
        }
    }

    private void act(Step step, ContinuationSink sink) {
        switch (step.kind()) {
            case MORE -> {}
            case SETTLED -> requests.settle(sink);
            case PASS -> pass(sink);
            case NEXT -> nextExchange(step.at(), sink);
            case RETRY -> retry(sink);
            case END -> end(sink);
            case RESET -> reset(step.reason(), sink);
        }
    }

    private void nextExchange(long end, ContinuationSink sink) {
        start = end;
        if (position == end) {
            pass(sink);
            return;
        }
        byte[] following = requests.next();
        responses = null;
        if (following == null) {
            reset("client is ahead of the log after the answer to an incomplete request", sink);
            return;
        }
        feedRequests(ByteBuffer.wrap(following), sink);
        checkRequest(sink);
    }

    private void retry(ContinuationSink sink) {
        Resumption way = again;
        if (way == null) {
            reset("the service answered with another range", sink);
            return;
        }
        doing = way.describe();
        responses = new NewResponses(way, requests.kind(), requests.closes());
        sink.reopenBackend();
        sink.toBackend(ByteBuffer.wrap(requests.head()));
        requests.settle(sink);
    }

    @Override
    public void onClientFin(ContinuationSink sink) {
        clientFin = true;
        if (passing) sink.finToBackend();
        else if (!ended && mayHaveFin()) end(sink);
    }

    @Override
    public void onBackendFin(ContinuationSink sink) {
        if (ended) return;
        NewResponses current = responses;
        if (!passing && current == null) reset("the service closed the connection before it was asked", sink);
        else if (!passing && current != null) act(current.fin(sink), sink);
        if (passing) sink.finToClient();
        else if (!ended) reset("the service closed the connection before the client's position", sink);
    }

    private void tellAhead(ContinuationSink sink) {
        if (at.clientAhead()) sink.alreadySeen(at.clientPosition(), ByteBuffer.allocate(0));
    }

    private void pass(ContinuationSink sink) {
        tellAhead(sink);
        passing = true;
        requests.settle(sink);
        if (clientFin) sink.finToBackend();
    }

    private void end(ContinuationSink sink) {
        ended = true;
        doing = "end of the connection";
        sink.finToClient();
        sink.finToBackend();
    }

    private void reset(String reason, ContinuationSink sink) {
        if (ended) return;
        ended = true;
        doing = "reset: " + reason;
        sink.reset(reason);
    }

    @Override
    public boolean transparent() {
        return passing && requests.passing() && !ended;
    }

    @Override
    public String describe() {
        return doing;
    }
}
