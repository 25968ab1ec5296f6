package dev.ftcp.tests.it;

import dev.ftcp.tests.it.Scenario.Row;
import dev.ftcp.tests.it.Scenario.Step;
import java.util.ArrayList;
import java.util.List;

/** Every state of closing a connection: the new host goes on with the close, and every client ends with an orderly end. */
final class ClosingRows {
    private static final int MUCH = 4_000_000;
    private static final int SOME = 100_000;
    /** More than fits into the small buffer, less than an initial congestion window and the service's send buffer. */
    private static final int LITTLE = 12_000;

    private static final int SMALL_BUFFER = 4096;

    private ClosingRows() {}

    static List<Scenario> all() {
        List<Scenario> rows = new ArrayList<>();
        both(
                rows,
                "FIN_WAIT_2 at the client: half-closed, the service has not begun to send",
                ClosingRows::waitingService,
                c -> c.go("b").take(LITTLE).end().close().gone());
        both(
                rows,
                "FIN_WAIT_2 at the client: half-closed, the service sends",
                c -> c.open(SMALL_BUFFER).say("at-eof send " + MUCH).half().awaitState("FIN_WAIT2"),
                c -> c.take(MUCH).end().close().gone());
        row(
                rows,
                "FIN_WAIT_1 at the client: its FIN is lost",
                c -> c.open()
                        .say("at-eof send " + SOME)
                        .echo()
                        .loseSent("")
                        .half()
                        .awaitState("FIN_WAIT1"),
                c -> c.take(SOME).end().close().gone());
        row(
                rows,
                "FIN_WAIT_1 at the client: its FIN's acknowledgement is lost",
                c -> c.open()
                        .say("at-eof await " + c.file() + "; close")
                        .echo()
                        .loseReceived()
                        .half()
                        .awaitService("a", "CLOSE-WAIT"),
                c -> c.go("b").end().close().gone());
        both(
                rows,
                "FIN_WAIT_2 at the service: half-closed, the client sends",
                c -> c.open().say("half", "sum " + c.file()).end().pour(SOME),
                c -> c.pour(SOME).half().close().summed("b", 2, SOME).gone());
        row(
                rows,
                "FIN_WAIT_2 at the service: half-closed after data, the client is silent",
                c -> c.open()
                        .say("send " + SOME, "half", "sum " + c.file())
                        .take(SOME)
                        .end(),
                c -> c.half().close().summed("b", 0, SOME).gone());
        both(
                rows,
                "FIN_WAIT_1 at the service: its FIN is lost",
                c -> c.open().echo().loseReceived().say("close").awaitService("a", "FIN-WAIT-1"),
                c -> c.end().close().gone());
        row(
                rows,
                "FIN_WAIT_1 at the service: data and FIN are lost",
                c -> c.open().echo().loseReceived().say("send " + SOME, "close"),
                c -> c.take(SOME).end().close().gone());
        row(
                rows,
                "FIN_WAIT_1 at the service: its FIN's acknowledgement is lost",
                c -> c.open()
                        .say("await " + c.file(), "close")
                        .loseSent("")
                        .go("a")
                        .awaitState("CLOSE_WAIT"),
                c -> c.go("b").end().close().gone());
        row(
                rows,
                "closed with data queued, the client's window is zero",
                c -> c.open(SMALL_BUFFER).say("send " + MUCH / 4, "close"),
                c -> c.take(MUCH / 4).end().close().gone());
        row(
                rows,
                "closed with SO_LINGER and data queued",
                c -> c.open(SMALL_BUFFER).say("send " + LITTLE, "linger 60").awaitService("a", "FIN-WAIT-1"),
                c -> c.take(LITTLE).end().close().gone());
        row(
                rows,
                "CLOSING at both: the FINs cross and are lost",
                c -> c.open()
                        .say("await " + c.file(), "close")
                        .loseSent("")
                        .loseReceived()
                        .half()
                        .go("a")
                        .awaitService("a", "FIN-WAIT-1"),
                c -> c.go("b").end().close().gone());
        both(
                rows,
                "CLOSING at the service: it has the client's FIN, its own is lost",
                // All that the client has said is acknowledged: behind a lost acknowledgement its FIN would wait for
                // room in its window.
                c -> c.open()
                        .say("echo hello", "await " + c.file(), "close")
                        .answer("hello")
                        .loseReceived()
                        .go("a")
                        .awaitService("a", "FIN-WAIT-1")
                        .half()
                        .awaitService("a", "CLOSING"),
                c -> c.go("b").end().close().gone());
        row(
                rows,
                "CLOSING at the client: it has the service's FIN, its own is lost",
                c -> c.open()
                        .say("await " + c.file(), "close")
                        .loseSent("")
                        .half()
                        .go("a")
                        .awaitState("CLOSING"),
                c -> c.go("b").end().close().gone());
        both(
                rows,
                "LAST_ACK at the service: its FIN is lost",
                c -> waitingService(c).loseReceived().go("a").awaitService("a", "LAST-ACK"),
                c -> c.go("b").take(LITTLE).end().close().gone());
        row(
                rows,
                "LAST_ACK at the service: its FIN's acknowledgement is lost",
                // Without data before it: a FIN does not follow data that is sent again.
                c -> c.open()
                        .say("at-eof await " + c.file() + "; close")
                        .half()
                        .awaitState("FIN_WAIT2")
                        .loseSent("")
                        .go("a")
                        .end()
                        .awaitService("a", "LAST-ACK"),
                c -> c.go("b").close().gone());
        row(
                rows,
                "LAST_ACK at the client: its FIN is lost",
                c -> c.open().say("close").end().loseSent("").close(),
                c -> c.gone());
        row(
                rows,
                "LAST_ACK at the client: its FIN's acknowledgement is lost",
                c -> c.open().say("close").end().loseReceived().close(),
                c -> c.gone());
        row(
                rows,
                "TIME_WAIT at the client",
                c -> waitingService(c).go("a").take(LITTLE).end().close(),
                c -> c.openAgain().echo().half().end().close().gone());
        row(
                rows,
                "TIME_WAIT at the service",
                c -> c.open().say("close").end().close().awaitService("a", "TIME-WAIT"),
                c -> c.openAgain().echo().half().end().close().gone());
        row(
                rows,
                "reset by the client",
                c -> c.open().echo().reset(),
                c -> c.gone().openAgain().echo().close().gone());
        row(
                rows,
                "reset by the client, the RST is lost",
                c -> c.open().echo().loseSent("").reset(),
                c -> c.gone().openAgain().echo().close().gone());
        return rows;
    }

    private static Client waitingService(Client c) throws Exception {
        return c.open()
                .say("at-eof await " + c.file() + "; send " + LITTLE + "; close")
                .half()
                .awaitState("FIN_WAIT2");
    }

    private static void row(List<Scenario> rows, String state, Step arrange, Step settle) {
        rows.add(new Row(state, arrange, settle));
    }

    /** Over both address families. */
    private static void both(List<Scenario> rows, String state, Step arrange, Step settle) {
        row(rows, state, arrange, settle);
        row(rows, state + " (IPv6)", arrange, settle);
    }
}
