package dev.ftcp.daemon.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.config.HealthProbe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A service that answers, hangs, is gone and is back. */
class ServiceWatchTest {
    private static final long PATIENCE_SECONDS = 30;

    private final CountDownLatch back = new CountDownLatch(1), silent = new CountDownLatch(1);
    private ServerSocket server;
    private volatile String answer = "HTTP/1.0 200 OK\r\n";

    @BeforeEach
    void serve() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::answerAll);
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void answerAll() {
        try {
            while (true) {
                try (Socket s = server.accept()) {
                    byte[] asked = new byte[4];
                    if (s.getInputStream().readNBytes(asked, 0, 4) < 4) continue;
                    if (answer.isEmpty()) Thread.sleep(1_000); // hangs
                    s.getOutputStream().write(answer.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException | InterruptedException e) {
            // closed: the test is over, or the service is gone
        }
    }

    private ServiceWatch watch() {
        InetSocketAddress at = new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
        HealthProbe probe = new HealthProbe(100_000_000L, 2, "GET ", " 200 ");
        return new ServiceWatch(List.of(at), probe, back::countDown, silent::countDown);
    }

    @Test
    void aServiceThatHangsIsFoundOut() throws Exception {
        try (ServiceWatch watch = watch()) {
            watch.guard(true);
            assertThat(silent.await(1, TimeUnit.SECONDS)).as("it answers").isFalse();
            answer = "";
            assertThat(silent.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aWrongAnswerIsNone() throws Exception {
        answer = "HTTP/1.0 500 Internal Server Error\r\n";
        try (ServiceWatch watch = watch()) {
            watch.guard(true);
            assertThat(silent.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void oneThatIsAwaitedIsBackWhenItAnswersRightly() throws Exception {
        answer = "HTTP/1.0 503 Service Unavailable\r\n";
        try (ServiceWatch watch = watch()) {
            watch.await();
            assertThat(back.await(500, TimeUnit.MILLISECONDS)).isFalse();
            answer = "HTTP/1.0 200 OK\r\n";
            assertThat(back.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }
}
