package dev.ftcp.daemon.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A relay with a service behind it and clients before it, closed together. */
final class Bench implements AutoCloseable {
    final Ends ends = new Ends();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Acceptor acceptor;
    private InetSocketAddress backend;

    Bench() throws IOException {
        acceptor = keep(new Acceptor());
    }

    <T extends AutoCloseable> T keep(T t) {
        open.add(t);
        return t;
    }

    Service service(Service.Dialogue d) throws IOException {
        return keep(new Service(d));
    }

    Service echo() throws IOException {
        return keep(Service.echo());
    }

    /** For flows to this service. Patience 1.5 s, idle flows open after 200 to 400 ms, linger 300 ms. */
    Relay relay(InetSocketAddress service) {
        return relay(
                service,
                new RelayConfig(
                        1,
                        64 << 10,
                        16 << 10,
                        Duration.ofSeconds(1),
                        Duration.ofMillis(1500),
                        Duration.ofMillis(200),
                        Duration.ofMillis(300)));
    }

    Relay relay(InetSocketAddress service, RelayConfig config) {
        backend = service;
        return keep(new Relay(config));
    }

    /** The client's socket of a flow that is handed to the relay. */
    Socket adopt(Relay relay, Flow flow) throws IOException {
        Acceptor.Pair pair = acceptor.pair();
        keep(pair.client());
        relay.adopt(flow.adopt(7, pair.fd(), backend, ends));
        return pair.client();
    }

    static byte[] ascii(String s) {
        return s.getBytes(US_ASCII);
    }

    static String read(Socket s, int n) throws IOException {
        return new String(s.getInputStream().readNBytes(n), US_ASCII);
    }

    static String readAll(Socket s) throws IOException {
        return new String(s.getInputStream().readAllBytes(), US_ASCII);
    }

    static void write(Socket s, String bytes) throws IOException {
        s.getOutputStream().write(ascii(bytes));
    }

    static void reset(Socket s) throws IOException {
        s.setSoLinger(true, 0);
        s.close();
    }

    static void assertReset(Socket s) {
        assertThatThrownBy(() -> s.getInputStream().readAllBytes())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws Exception {
        for (int i = open.size(); i-- > 0; ) open.get(i).close();
    }
}
