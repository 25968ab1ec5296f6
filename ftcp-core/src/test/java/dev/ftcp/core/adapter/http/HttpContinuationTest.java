package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.adapter.SessionStart;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class HttpContinuationTest {
    private static final String GET = "GET /f HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String HEAD = "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 1000\r\n\r\n";

    private final ByteArrayOutputStream client = new ByteArrayOutputStream();
    private final ByteArrayOutputStream backend = new ByteArrayOutputStream();
    private String events = "";
    private final ContinuationSink sink = new ContinuationSink() {
        @Override
        public void toBackend(ByteBuffer bytes) {
            backend.writeBytes(ISO_8859_1.decode(bytes).toString().getBytes(ISO_8859_1));
        }

        @Override
        public void toClient(ByteBuffer bytes) {
            client.writeBytes(ISO_8859_1.decode(bytes).toString().getBytes(ISO_8859_1));
        }

        @Override
        public void finToBackend() {
            events += "fin-backend ";
        }

        @Override
        public void finToClient() {
            events += "fin-client ";
        }

        @Override
        public void reopenBackend() {
            backend.reset();
            events += "reopen ";
        }

        @Override
        public void reset(String reason) {
            events += "reset: " + reason;
        }
    };

    private static ByteBuffer bytes(String s) {
        return ByteBuffer.wrap(s.getBytes(ISO_8859_1));
    }

    /** A continuation after these streams; the client has {@code position} bytes, and {@code skipped} ones follow the captured. */
    private static Continuation after(String client, String captured, long skipped, long position) {
        AdapterSession s = new HttpAdapter().rebuild(SessionStart.fresh(false));
        s.onClient(bytes(client));
        s.onServer(bytes(captured));
        s.onServerSkip(skipped);
        return s.resume(new ResumePoint(0, 0, client.length(), captured.length() + skipped, position, false, false));
    }

    private Continuation resumed(String request, String captured, long skipped, long position) {
        Continuation c = after(request, captured, skipped, position);
        c.onStart(sink);
        c.onClient(bytes(request), sink);
        return c;
    }

    @Test
    void theRestOfAFileIsAskedForAsARange() {
        Continuation c = resumed(GET + GET, HEAD, 400, HEAD.length() + 300);
        assertThat(backend.toString(ISO_8859_1))
                .isEqualTo("GET /f HTTP/1.1\r\nHost: x\r\nRange: bytes=300-\r\nIf-Range: \"v\"\r\n\r\n");
        c.onBackend(
                bytes(
                        "HTTP/1.1 206 Partial\r\nETag: \"v\"\r\nContent-Range: bytes 300-999/1000\r\nContent-Length: 700\r\n\r\n"),
                sink);
        assertThat(backend.toString(ISO_8859_1)).endsWith("\r\n\r\n" + GET);
        assertThat(c.transparent()).isFalse();
        c.onBackend(bytes("y".repeat(700) + "next"), sink);
        assertThat(client.toString(ISO_8859_1)).isEqualTo("y".repeat(700) + "next");
        assertThat(c.transparent()).isTrue();
        assertThat(events).isEmpty();
    }

    @Test
    void anotherRangeIsAskedAgainWithoutAndAnotherEntityIsReset() {
        Continuation c = resumed(GET, HEAD, 300, HEAD.length() + 300);
        c.onBackend(
                bytes(
                        "HTTP/1.1 206 Partial\r\nETag: \"v\"\r\nContent-Range: bytes 0-999/1000\r\nContent-Length: 1000\r\n\r\nzz"),
                sink);
        assertThat(events).isEqualTo("reopen ");
        assertThat(backend.toString(ISO_8859_1)).isEqualTo(GET);
        c.onBackend(bytes(HEAD.replace("\"v\"", "\"w\"")), sink);
        assertThat(events).contains("reset: the new response differs: etag");
        assertThat(client.size()).isZero();
    }

    @Test
    void aResponseThatIsCompleteInTheLogIsNotExecutedAgain() {
        String post = "POST /pay HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        String done = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nPAID";
        for (int position : new int[] {0, 10, done.length() - 1, done.length()}) {
            client.reset();
            Continuation c = resumed(post, done, 0, position);
            assertThat(client.toString(ISO_8859_1)).isEqualTo(done.substring(position));
            assertThat(c.transparent()).isTrue();
        }
        assertThat(backend.size()).isZero();
        String last = done.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        resumed(post, last, 0, 10);
        assertThat(client.toString(ISO_8859_1)).endsWith(last.substring(10));
        assertThat(events).isEqualTo("fin-client fin-backend ");
        assertThat(backend.size()).isZero();
    }

    @Test
    void aRequestInFlightAndItsLiveBodyPassUntouched() {
        String head = "PUT /f HTTP/1.1\r\nContent-Length: 10\r\n\r\n";
        Continuation c = resumed(head + "0123", "", 0, 0);
        assertThat(c.transparent()).isTrue();
        c.onClient(bytes("456789"), sink);
        assertThat(backend.toString(ISO_8859_1)).isEqualTo(head + "0123456789");
    }

    @Test
    void aClientThatIsAheadOfAnUnsafeRequestIsResetBeforeItIsExecutedAgain() {
        resumed("POST /pay HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "", 0, 50);
        assertThat(events).contains("not safe to repeat");
        assertThat(backend.size()).isZero();
    }

    /** The service has closed, and nobody but the client knows. */
    @Test
    void aClientThatIsOneAheadOfAnIdleServiceHasItsFin() {
        String done = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
        Continuation c = resumed(GET, done, 0, done.length() + 1);
        assertThat(events).isEmpty();
        c.onClientFin(sink);
        assertThat(events).isEqualTo("fin-client fin-backend ");
    }

    /** Then it was a byte, of a response to a request that is not in the log. */
    @Test
    void unlessItSaysAnotherRequest() {
        String done = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
        Continuation c = resumed(GET, done, 0, done.length() + 1);
        c.onClient(bytes("POST /f HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), sink);
        assertThat(events).startsWith("reset: ");
        assertThat(backend.size()).isZero();
    }

    @Test
    void theFinOfTheClientWaitsForTheInterruptedResponse() {
        Continuation c = resumed(GET, HEAD + "y".repeat(1000).substring(0, 10), 0, HEAD.length() + 10);
        c.onClientFin(sink);
        assertThat(events).isEmpty();
        c.onBackend(bytes(HEAD + "y".repeat(1000)), sink);
        assertThat(client.size()).isEqualTo(990);
        assertThat(events).isEqualTo("fin-backend ");
    }

    @Test
    void aLargeBodyIsStreamed() {
        long length = 500L << 20;
        long seen = 400L << 20;
        String head = "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: " + length + "\r\n\r\n";
        Continuation c = after(GET, head, seen, head.length() + seen);
        IgnoringSink counting = new IgnoringSink();
        c.onStart(counting);
        c.onClient(bytes(GET), counting);
        ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        c.onBackend(bytes(head), counting); // the service ignores Range
        for (int i = 0; i < 500; i++) c.onBackend(piece.clear(), counting);
        assertThat(threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before)
                .isLessThan(1 << 20);
        assertThat(counting.toClient).isEqualTo(length - seen);
        assertThat(c.transparent()).isTrue();
    }

    @Test
    void aClientBehindSafePointsGetsThemFromTheLog() {
        String small = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        Continuation c = resumed(GET + GET + GET, small + small, 0, 5);
        assertThat(client.toString(ISO_8859_1)).isEqualTo((small + small).substring(5));
        assertThat(backend.toString(ISO_8859_1)).isEqualTo(GET);
        assertThat(c.transparent()).isTrue();
    }
}
