package dev.ftcp.tests.it;

import com.google.gson.JsonElement;
import dev.ftcp.tests.it.Scenario.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Every state of opening a connection, and of an open one: it becomes or stays open, without a reset. */
final class OpeningRows {
    private static final int SOME = 100_000;

    private OpeningRows() {}

    static List<Scenario> all() {
        List<Scenario> rows = new ArrayList<>();
        rows.add(new Connecting("SYN_SENT: the SYN is lost", c -> c.bind(0).loseSent(""), c -> {}));
        String lost = "SYN_RECV: the SYN-ACK is lost", only = lost + ", the client says no more";
        Step deaf = c -> c.bind(0).loseReceived();
        for (String family : List.of("", " (IPv6)")) {
            rows.add(new Connecting(lost + family, deaf, c -> {}));
            rows.add(new Connecting(
                    only + family, deaf, c -> c.awaitService("a", "SYN-RECV").loseSent("opening")));
        }
        row(
                rows,
                "SYN_RECV: the SYN-ACK's acknowledgement is lost",
                c -> c.bind(0).loseSent("open").connect(),
                OpeningRows::ends);
        row(
                rows,
                "SYN_RECV: the SYN-ACK's acknowledgement and the first data are lost",
                c -> c.bind(0).loseSent("open").connect().say("echo hello"),
                c -> ends(c.answer("hello")));
        row(rows, "ESTABLISHED, idle since its opening", Client::open, OpeningRows::ends);
        row(rows, "ESTABLISHED, idle", c -> c.open().echo(), OpeningRows::ends);
        row(rows, "ESTABLISHED, idle (IPv6)", c -> c.open().echo(), OpeningRows::ends);
        row(
                rows,
                "ESTABLISHED, a request is lost",
                c -> c.open().echo().loseSent("").say("send " + SOME),
                c -> ends(c.take(SOME)));
        row(
                rows,
                "ESTABLISHED, a response is lost",
                c -> c.open().echo().loseReceived().say("send " + SOME),
                c -> ends(c.take(SOME)));
        rows.add(new Unreachable());
        rows.add(new Deaf("ESTABLISHED, the service does not read, its window is zero"));
        rows.add(new Deaf("ESTABLISHED, the service does not read, its window is zero (IPv6)"));
        return rows;
    }

    private static void ends(Client c) throws Exception {
        c.echo().half().end().close().gone();
    }

    private static void row(List<Scenario> rows, String state, Step arrange, Step settle) {
        rows.add(new Scenario.Row(state, arrange, settle));
    }

    /** A client that is still connecting when the fault happens. */
    private static final class Connecting implements Scenario {
        private final String state;
        private final Step bind, then;
        private CompletableFuture<JsonElement> connected = new CompletableFuture<>();

        Connecting(String state, Step bind, Step then) {
            this.state = state;
            this.bind = bind;
            this.then = then;
        }

        @Override
        public String state() {
            return state;
        }

        @Override
        public void arrange(Scene scene) throws Exception {
            Client client = scene.client(state);
            bind.with(client);
            connected = client.connecting();
            Lab.await("SYN_SENT", () -> client.sockets("client").stream().anyMatch(s -> s.startsWith("SYN-SENT")));
            then.with(client);
        }

        @Override
        public void settle(Scene scene) throws Exception {
            Actors.outcome(connected);
            ends(scene.client(state));
        }
    }

    /** The service stops reading while a client sends more than all buffers take. */
    private static final class Deaf implements Scenario {
        private static final int MUCH = 8_000_000;

        private final String state;
        private CompletableFuture<JsonElement> poured = new CompletableFuture<>();

        Deaf(String state) {
            this.state = state;
        }

        @Override
        public String state() {
            return state;
        }

        @Override
        public void arrange(Scene scene) throws Exception {
            Client client = scene.client(state).open();
            poured =
                    client.say("await " + client.file(), "sum " + client.file()).pouring(MUCH);
            Lab.await(
                    "zero window", () -> client.sockets("client").stream().anyMatch(s -> s.contains("timer:(persist")));
        }

        @Override
        public void settle(Scene scene) throws Exception {
            Client client = scene.client(state).go("b");
            Actors.outcome(poured);
            client.half().close().summed("b", 1, MUCH).gone();
        }
    }

    /** A client that cannot be reached during the takeover, and some seconds longer. */
    private record Unreachable() implements Scenario {
        @Override
        public String state() {
            return "ESTABLISHED, the client's link is down during the takeover";
        }

        @Override
        public void arrange(Scene scene) throws Exception {
            scene.client(state()).open().echo();
            scene.keepLost(scene.client(state()).loseSent("").loseReceived().say("send " + SOME));
        }

        @Override
        public void settle(Scene scene) throws Exception {
            Client client = scene.client(state());
            ends(client.take(SOME));
        }
    }
}
