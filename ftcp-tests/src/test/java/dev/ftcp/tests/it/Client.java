package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One client connection of a row. Methods wait until it is done; what {@code actors.py} says of an operation goes for the method of the
 * same name.
 */
final class Client {
    static final int SERVICE = 7000;

    private final Scene scene;
    private final String name;
    private boolean ipv6;
    private int port;

    Client(Scene scene, String name) {
        this.scene = scene;
        this.name = name;
        this.ipv6 = name.contains("IPv6");
    }

    Scene scene() {
        return scene;
    }

    /** A name for files of this row. */
    String file() {
        return "row-" + port;
    }

    int port() {
        return port;
    }

    Client open() throws Exception {
        return bind(0).connect();
    }

    Client open(int receiveBuffer) throws Exception {
        return bind(receiveBuffer).connect();
    }

    Client bind(int receiveBuffer) throws Exception {
        port = ask("bind", ipv6, 0, receiveBuffer).getAsInt();
        return this;
    }

    /** As {@link #open}, from the port that an earlier connection of this client has used. */
    Client openAgain() throws Exception {
        ask("bind", ipv6, port, 0);
        return connect();
    }

    Client connect() throws Exception {
        ask("connect", host(), SERVICE);
        return this;
    }

    /** Begins to connect. */
    CompletableFuture<JsonElement> connecting() {
        return order("connect", host(), SERVICE);
    }

    /** Lets the service on {@code host} go on that was told to await {@link #file}. */
    Client go(String host) {
        scene.lab().run(host, "touch", "/srv/upload/" + file());
        return this;
    }

    /** The service on {@code host}, told to sum up to {@link #file}, has had so many {@link #pour}s of {@code length} bytes. */
    Client summed(String host, int pours, int length) throws Exception {
        String expected = pours * length + " " + sha256(pours, length);
        String[] command = {"cat", "/srv/upload/" + file()};
        Lab.await(
                "the service to have " + expected,
                () -> !scene.lab().output(host, command).isEmpty());
        assertThat(scene.lab().output(host, command).strip())
                .as("what the service has had")
                .isEqualTo(expected);
        return this;
    }

    private static String sha256(int pours, int length) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < pours * length; i++) digest.update((byte) (i % length % 251));
        return HexFormat.of().formatHex(digest.digest());
    }

    Client say(String... lines) throws Exception {
        ask("say", String.join("\n", lines));
        return this;
    }

    Client pour(int length) throws Exception {
        ask("pour", length);
        return this;
    }

    /** Begins to pour: it may take long. */
    CompletableFuture<JsonElement> pouring(int length) {
        return order("pour", length);
    }

    Client take(int length) throws Exception {
        ask("take", length);
        return this;
    }

    /** The service answers. */
    Client echo() throws Exception {
        return say("echo hello").answer("hello");
    }

    /** A line of the service. */
    Client answer(String line) throws Exception {
        assertThat(ask("line").getAsString()).as("answer").isEqualTo(line);
        return this;
    }

    Client half() throws Exception {
        ask("half");
        return this;
    }

    /** The end of the service's stream, without a byte before it and without a reset. */
    Client end() throws Exception {
        ask("end");
        return this;
    }

    Client close() throws Exception {
        ask("close");
        return this;
    }

    Client reset() throws Exception {
        ask("reset");
        return this;
    }

    /** Waits until the client's socket is in a state, such as {@code FIN_WAIT2}. */
    Client awaitState(String state) throws Exception {
        Lab.await(state, () -> {
            try {
                return ask("state").getAsString().equals(state);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        return this;
    }

    /** Waits until the service's socket on {@code host} is in a state, in the words of {@code ss}, such as {@code LAST-ACK}. */
    Client awaitService(String host, String state) throws Exception {
        return await(state + " on " + host, host, all -> all.anyMatch(s -> s.startsWith(state)));
    }

    /** Nothing that this client sends arrives any more; {@code only} as in {@code Wire.drop}. */
    Client loseSent(String only) throws Exception {
        return lose("egress", only);
    }

    /** Nothing that is sent to this client arrives any more. */
    Client loseReceived() throws Exception {
        return lose("ingress", "");
    }

    private Client lose(String direction, String only) throws Exception {
        Actors.outcome(scene.actors().order("", "drop", direction, port, only));
        return this;
    }

    /** Neither the client nor the service's new host keep a socket of this connection, but for TIME_WAIT. */
    Client gone() throws Exception {
        for (String host : List.of("client", "b")) {
            await(
                    "no socket of port " + port + " on " + host,
                    host,
                    all -> all.allMatch(s -> s.startsWith("TIME-WAIT") || s.startsWith("LISTEN")));
        }
        return this;
    }

    private Client await(String what, String host, Predicate<Stream<String>> condition) throws Exception {
        try {
            Lab.await(what, () -> condition.test(sockets(host).stream()));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ", but there is " + sockets(host), e);
        }
        return this;
    }

    /** The sockets of this connection on a host, as lines of {@code ss}. */
    List<String> sockets(String host) {
        String filter = (host.equals("client") ? "sport = :" : "dport = :") + port;
        return scene.lab().run(host, "ss", "-tanoH", filter).lines().toList();
    }

    JsonElement ask(String operation, Object... arguments) throws Exception {
        return Actors.outcome(order(operation, arguments));
    }

    private CompletableFuture<JsonElement> order(String operation, Object... arguments) {
        return scene.actors().order(name, operation, arguments);
    }

    private String host() {
        return (ipv6 ? Target.V6 : Target.V4).address();
    }
}
