package dev.ftcp.core.adapter.http;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.adapter.Unresumable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one HTTP connection. The safe point is the end of the latest response that is complete, as its request is, and
 * after which the connection stays open: a response that ends the connection never becomes one, so that a continuation still knows
 * that the client waits for the end.
 *
 * <p>What it wants to see: every response head and chunk header. Of a body nothing, if the service can be held to it later
 * (strong validator of a safe method, or declared deterministic); else its first {@link #VERIFIED_BODY} bytes, against which a
 * regenerated body is verified.
 */
final class HttpSession implements AdapterSession {
    /** Most requests that wait for their response on a followed connection. */
    static final int MAX_OUTSTANDING = 64;

    /** As {@link #MAX_OUTSTANDING} at a takeover, where requests come before the responses that were acknowledged meanwhile. */
    static final int MAX_RECORDED = 16 * 1024;

    /** Captured body bytes of a response that nothing else vouches for. */
    static final int VERIFIED_BODY = 256 * 1024;

    private static final byte[] NO_PRELUDE = new byte[0];
    static final int SWITCHING_PROTOCOLS = 101;

    private final boolean deterministic;
    private final RequestTracker requests;
    private final HeadParser parser = new HeadParser();
    private final BodyFraming body = new BodyFraming();
    private final @Nullable Recording recording;
    private @Nullable SplitHead split;
    private @Nullable String unprotectable;
    private long server;
    private long safeClient;
    private long safeServer;
    private long verifyUntil;
    private boolean inResponse; // after its head, until the end of its body
    private boolean ended; // the response that ends the connection is complete
    private boolean closes; // the response in progress ends the connection
    private boolean early; // the oldest request is answered, but not complete

    HttpSession(SessionStart start, boolean record) {
        deterministic = start.deterministic();
        server = start.serverOffset();
        safeClient = start.clientOffset();
        safeServer = server;
        requests = new RequestTracker(safeClient, record ? MAX_RECORDED : MAX_OUTSTANDING);
        recording = record ? new Recording(safeClient, safeServer) : null;
    }

    @Override
    public void onClient(ByteBuffer bytes) {
        if (unprotectable != null || ended) return;
        String problem = requests.feed(bytes, parser);
        if (problem != null) giveUp(problem);
        else if (early && requests.firstEnd() >= 0) {
            early = false;
            safePoint();
        }
    }

    @Override
    public void onServer(ByteBuffer bytes) {
        if (recording != null && unprotectable == null) recording.kept().append(server, bytes);
        int i = bytes.position();
        int end = bytes.limit();
        long base = server - i;
        while (i < end && unprotectable == null && !ended) {
            if (inResponse) {
                i = body.advance(bytes, i, end);
                if (body.bad()) giveUp("malformed chunk in a response");
            } else {
                i = head(bytes, i, end, base);
            }
            if (inResponse && body.done()) responseDone(base + i);
        }
        server = base + end;
    }

    @Override
    public void onServerSkip(long length) {
        server += length;
        if (unprotectable != null || ended || length == 0) return;
        if (!inResponse || length > body.skippable()) {
            giveUp("server bytes that are needed to follow the responses were not captured");
            return;
        }
        body.skip(length);
        if (body.done()) responseDone(server);
    }

    @Override
    public void onClientFin() {
        // A half-close takes back nothing: requests that are complete are still answered.
    }

    @Override
    public void onServerFin() {
        if (inResponse && body.state() == BodyFraming.UNTIL_CLOSE) body.fixed(0);
        ended = true;
        split = null;
    }

    /** Takes the head that begins at {@code from}; returns the index after what it consumed. */
    private int head(ByteBuffer b, int from, int end, long base) {
        if (requests.size() == 0 || early) {
            giveUp("response without a request");
            return end;
        }
        SplitHead s = split;
        if (s == null) {
            int n = parser.response(b, from, end);
            if (n == 0) split = new SplitHead();
            else headDone(n, base + from + n);
            return from + Math.max(n, 0);
        }
        int n = s.append(b, from, end);
        if (s.tooLong()) giveUp("head longer than " + HeadParser.MAX_HEAD + " bytes");
        if (s.complete()) {
            split = null;
            headDone(parser.response(s.view(), 0, s.length()), base + from + n);
        }
        return from + n;
    }

    private void headDone(int bytes, long bodyStart) {
        if (bytes <= 0) {
            giveUp(parser.problem());
            return;
        }
        int kind = requests.firstKind();
        int status = parser.status();
        boolean interim = status / 100 == 1;
        if (status == SWITCHING_PROTOCOLS) giveUp("connection was upgraded to another protocol");
        if ((kind & HeadParser.CONNECT) != 0 && status / 100 == 2) giveUp("connection became a CONNECT tunnel");
        if (interim || unprotectable != null) return;
        inResponse = true;
        ResponseFacts.frame(parser, kind, body);
        closes = parser.closes() || requests.firstCloses() || body.state() == BodyFraming.UNTIL_CLOSE;
        boolean vouched = deterministic || (parser.has(HeadParser.STRONG) && (kind & HeadParser.SAFE) != 0);
        verifyUntil = vouched ? bodyStart : bodyStart + VERIFIED_BODY;
    }

    private void responseDone(long offset) {
        inResponse = false;
        server = offset;
        if (closes) ended = true;
        else if (requests.firstEnd() < 0) early = true;
        else safePoint();
    }

    private void safePoint() {
        safeClient = requests.firstEnd();
        safeServer = server;
        requests.pop();
        if (recording != null) recording.safePoint(safeClient, safeServer);
    }

    private void giveUp(String reason) {
        if (unprotectable == null) unprotectable = reason;
        split = null;
    }

    @Override
    public long wantServerFrom() {
        if (unprotectable != null || ended) return Long.MAX_VALUE;
        if (!inResponse || server < verifyUntil) return server;
        long skippable = body.skippable();
        return skippable == Long.MAX_VALUE ? skippable : server + skippable;
    }

    @Override
    public long owedUntil() {
        if (unprotectable != null || ended) return 0;
        if (!inResponse) return requests.size() > 0 && !early ? server + 1 : 0;
        if (body.state() == BodyFraming.UNTIL_CLOSE) return 0;
        return server + Math.max(1, body.skippable()); // of a chunk at least: then there is another one
    }

    @Override
    public long safeClientOffset() {
        return safeClient;
    }

    @Override
    public long safeServerOffset() {
        return safeServer;
    }

    @Override
    public byte[] safePrelude() {
        return NO_PRELUDE;
    }

    @Override
    public @Nullable String unprotectable() {
        return unprotectable;
    }

    @Override
    public Continuation resume(ResumePoint at) {
        if (recording == null) throw new IllegalStateException("resume() needs a session of Adapter.rebuild()");
        if (unprotectable != null) return new Unresumable(unprotectable);
        return new HttpContinuation(at, recording, deterministic);
    }
}
