package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.adapter.SessionStart;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpSessionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String ETAG = "ETag: \"x\"\r\n";

    private final AdapterSession session = new HttpAdapter().open(SessionStart.fresh(false));

    private static ByteBuffer bytes(String s) {
        return ByteBuffer.wrap(s.getBytes(ISO_8859_1));
    }

    private void client(String s) {
        session.onClient(bytes(s));
    }

    private void server(String s) {
        session.onServer(bytes(s));
    }

    @Test
    void adaptersAreFoundByName() {
        List<String> names = new ArrayList<>();
        ServiceLoader.load(Adapter.class).forEach(a -> names.add(a.name()));
        assertThat(names).contains("http", "opaque");
    }

    @Test
    void aRequestIsOwedAResponseAndAResponseItsEnd() {
        assertThat(session.owedUntil()).isZero();
        client(GET.substring(0, 10));
        assertThat(session.owedUntil()).as("not a request yet").isZero();
        client(GET.substring(10) + GET);
        assertThat(session.owedUntil()).isEqualTo(1);
        String head = "HTTP/1.1 200 OK\r\n" + ETAG + "Content-Length: 1000\r\n\r\n";
        server(head.substring(0, 20));
        assertThat(session.owedUntil()).isEqualTo(21);
        server(head.substring(20));
        int end = head.length() + 1000;
        assertThat(session.owedUntil()).isEqualTo(end);
        session.onServerSkip(999);
        assertThat(session.owedUntil()).isEqualTo(end);
        server("x");
        assertThat(session.owedUntil()).as("the second one").isEqualTo(end + 1);
        server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
        long more = session.owedUntil();
        server("cde\r\n");
        assertThat(more).isEqualTo(session.wantServerFrom() - 2);
        assertThat(session.owedUntil()).isEqualTo(session.wantServerFrom() + 1);
        server("0\r\n\r\n");
        assertThat(session.owedUntil()).isZero();
        client(GET);
        server("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        assertThat(session.owedUntil()).as("only the end tells").isZero();
        assertThat(session.unprotectable()).isNull();
    }

    @Test
    void aBodyWithAStrongValidatorIsNotWanted() {
        client(GET);
        String head = "HTTP/1.1 200 OK\r\n" + ETAG + "Content-Length: 1000000\r\n\r\n";
        server(head);
        assertThat(session.wantServerFrom()).isEqualTo(head.length() + 1_000_000);
        session.onServerSkip(400_000);
        server("captured although not wanted");
        session.onServerSkip(600_000 - 28);
        assertThat(session.safeServerOffset()).isEqualTo(head.length() + 1_000_000);
        assertThat(session.safeClientOffset()).isEqualTo(GET.length());
        assertThat(session.unprotectable()).isNull();
    }

    @Test
    void ofABodyThatNothingVouchesForTheBeginningIsWanted() {
        client(GET);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        server(head);
        assertThat(session.wantServerFrom()).isEqualTo(head.length());
        server("x".repeat(HttpSession.VERIFIED_BODY));
        assertThat(session.wantServerFrom()).isEqualTo(head.length() + 1_000_000);
    }

    @Test
    void insideAChunkNothingIsWantedAndASkippedChunkHeaderEndsProtection() {
        client(GET);
        String head = "HTTP/1.1 200 OK\r\n" + ETAG + "Transfer-Encoding: chunked\r\n\r\n1000\r\n";
        server(head);
        assertThat(session.wantServerFrom()).isEqualTo(head.length() + 4096);
        session.onServerSkip(4096);
        server("\r\n5;x=y\r\nabc");
        assertThat(session.unprotectable()).isNull();
        session.onServerSkip(3);
        assertThat(session.unprotectable()).contains("not captured");
        assertThat(session.wantServerFrom()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aResponseBeforeTheEndOfItsRequestIsASafePointOnlyThen() {
        client("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n01234");
        String response = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
        server(response);
        assertThat(session.safeServerOffset()).isZero();
        client("56789" + GET);
        assertThat(session.safeServerOffset()).isEqualTo(response.length());
        assertThat(session.safeClientOffset()).isEqualTo("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n".length() + 10);
    }

    @Test
    void aResponseThatEndsTheConnectionIsNoSafePoint() {
        client(GET);
        server("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(session.safeServerOffset()).isZero();
        assertThat(session.wantServerFrom()).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET /\\r\\n                                                                  | request line
            PRI * HTTP/2.0\\r\\n\\r\\n                                                   | request line
            \u0016\u0003\u0001 hello\\n\\n                                               | request line
            POST / HTTP/1.1\\r\\nContent-Length: 1\\r\\nContent-Length: 2\\r\\n\\r\\n    | Content-Length
            POST / HTTP/1.1\\r\\nContent-Length: 1, 1\\r\\n\\r\\n                        | Content-Length
            POST / HTTP/1.1\\r\\nContent-Length: -1\\r\\n\\r\\n                          | Content-Length
            POST / HTTP/1.1\\r\\nContent-Length : 1\\r\\n\\r\\n                          | space before
            POST / HTTP/1.1\\r\\nContent-Length: 1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n | ambiguous
            POST / HTTP/1.1\\r\\nTransfer-Encoding: gzip, chunked\\r\\n\\r\\n            | ambiguous
            GET / HTTP/1.1\\r\\nA: b\\r\\n folded\\r\\n\\r\\n                            | folded
            POST / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\nabcde          | malformed chunk
            POST / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nfffffffffffffff\\r\\n | malformed chunk
            """)
    void whatIsNotFramedBeyondDoubtIsNotProtected(String request, String reason) {
        client(request.replace("\\r", "\r").replace("\\n", "\n"));
        assertThat(session.unprotectable()).contains(reason);
    }

    @Test
    void upgradesAndTunnelsAreNotProtected() {
        client("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
        assertThat(session.unprotectable()).isNull();
        server("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        assertThat(session.unprotectable()).contains("upgraded");
        AdapterSession proxy = new HttpAdapter().open(SessionStart.fresh(false));
        proxy.onClient(bytes("CONNECT a:443 HTTP/1.1\r\n\r\n"));
        proxy.onServer(bytes("HTTP/1.1 200 OK\r\n\r\n"));
        assertThat(proxy.unprotectable()).contains("CONNECT");
    }

    @Test
    void limitsAreKept() {
        for (int i = 0; i < HttpSession.MAX_OUTSTANDING; i++) client(GET);
        assertThat(session.unprotectable()).isNull();
        client(GET);
        assertThat(session.unprotectable()).contains("outstanding");
        AdapterSession other = new HttpAdapter().open(SessionStart.fresh(false));
        other.onClient(bytes("GET / HTTP/1.1\r\nX: "));
        for (int i = 0; i < 70; i++) other.onClient(bytes("x".repeat(1000)));
        assertThat(other.unprotectable()).contains("head longer");
    }

    @Test
    void aSessionThatOnlyFollowedCannotResume() {
        assertThatThrownBy(() -> session.resume(new ResumePoint(0, 0, 0, 0, 0, false, false)))
                .hasMessageContaining("rebuild");
    }

    @Test
    void anyBytesAreAccepted() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String[] words = {
            GET,
            "HTTP/1.1 200 OK\r\n",
            ETAG,
            "Content-Length: 5\r\n",
            "\r\n",
            "Transfer-Encoding: chunked\r\n",
            "5\r\nabcde\r\n",
            "0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HEAD / HTTP/1.0\r\n",
            "POST / HTTP/1.1\r\n",
            "\n",
            "\r",
            ":",
            "Connection: close\r\n",
            "Last-Modified: x\r\n",
            "Content-Length:",
            "Content-Length: 99999999999999999999\r\n"
        };
        for (int round = 0; round < 20_000; round++) {
            boolean rebuilt = random.nextBoolean();
            SessionStart start = SessionStart.fresh(random.nextBoolean());
            AdapterSession s = rebuilt ? new HttpAdapter().rebuild(start) : new HttpAdapter().open(start);
            long client = 0;
            long server = 0;
            long want = 0;
            for (int i = random.nextInt(30); i >= 0; i--) {
                ByteBuffer b = random.nextInt(8) == 0 ? noise(random) : bytes(words[random.nextInt(words.length)]);
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        s.onClient(b);
                        client += b.limit();
                    }
                    case 2, 3 -> {
                        s.onServer(b);
                        server += b.limit();
                    }
                    default -> {
                        int n = random.nextInt(10);
                        s.onServerSkip(n);
                        server += n;
                    }
                }
                assertThat(s.wantServerFrom()).isGreaterThanOrEqualTo(want);
                want = s.wantServerFrom();
                assertThat(s.safeClientOffset()).isBetween(0L, client);
                assertThat(s.safeServerOffset()).isBetween(0L, server);
            }
            if (rebuilt) resume(s, client, server, words, random);
        }
    }

    private static void resume(AdapterSession s, long client, long server, String[] words, Random random) {
        long position = random.nextInt((int) server + 20);
        var continuation = s.resume(new ResumePoint(0, 0, client, server, position, false, random.nextBoolean()));
        var sink = new IgnoringSink();
        continuation.onStart(sink);
        for (int i = random.nextInt(30); i >= 0; i--) {
            ByteBuffer b = random.nextInt(8) == 0 ? noise(random) : bytes(words[random.nextInt(words.length)]);
            switch (random.nextInt(12)) {
                case 0 -> continuation.onBackendFin(sink);
                case 1 -> continuation.onClientFin(sink);
                case 2, 3, 4, 5, 6 -> continuation.onClient(b, sink);
                default -> continuation.onBackend(b, sink);
            }
        }
        assertThat(continuation.describe()).isNotBlank();
    }

    private static ByteBuffer noise(Random random) {
        byte[] b = new byte[random.nextInt(40)];
        random.nextBytes(b);
        return ByteBuffer.wrap(b);
    }

    @Test
    void followingARequestDoesNotAllocate() {
        ByteBuffer request =
                direct("GET /index.html HTTP/1.1\r\nHost: 10.77.0.100\r\nUser-Agent: wrk\r\nAccept: */*\r\n\r\n");
        ByteBuffer response =
                direct("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\n"
                        + "Content-Type: text/html\r\nContent-Length: 612\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
                        + "Connection: keep-alive\r\nETag: \"659200a8-264\"\r\nAccept-Ranges: bytes\r\n\r\n"
                        + "x".repeat(612));
        int rounds = 200_000;
        follow(request, response, rounds);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(thread);
        long start = System.nanoTime();
        follow(request, response, rounds);
        long nanos = System.nanoTime() - start;
        long allocated = threads.getThreadAllocatedBytes(thread) - before;
        System.out.println(nanos / rounds + " ns per request and response, " + allocated + " bytes in all");
        assertThat(allocated).isLessThan(rounds);
        assertThat(session.safeServerOffset()).isEqualTo(2L * rounds * response.limit());
    }

    private void follow(ByteBuffer request, ByteBuffer response, int rounds) {
        for (int i = 0; i < rounds; i++) {
            session.onClient(request);
            session.onServer(response);
        }
    }

    private static ByteBuffer direct(String s) {
        byte[] b = s.getBytes(ISO_8859_1);
        return ByteBuffer.allocateDirect(b.length).put(b).flip();
    }
}
