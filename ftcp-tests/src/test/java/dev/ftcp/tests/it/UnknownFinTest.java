package dev.ftcp.tests.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Clients get the service's last bytes and its FIN while nothing commits, and then its host is lost: nobody on the new host knows of that
 * FIN. It must be told from a byte, or the new host's kernel waits for ever for the acknowledgement of its own, one behind.
 */
class UnknownFinTest {
    private static final int SOME = 5_000;

    @Test
    void theCloseIsContinuedAllTheSame() throws Exception {
        Lab.with(lab -> {
            Path config = config(
                    lab,
                    "listen = [\"" + Lab.VIP + ":7000\", \"[fd77::100]:7000\"]",
                    "backend = [\"127.0.0.1:7000\", \"[::1]:7000\"]",
                    "adapter = \"opaque\"");
            lab.protect(
                    config, "service", "python3", lab.resource("scripted.py").toString(), "7000");
            Scene scene = Scene.of(lab, Fault.DAEMON_KILLED);
            List<Client> closed = new ArrayList<>(), half = new ArrayList<>(), sending = new ArrayList<>();
            for (String family : List.of("", " (IPv6)")) {
                closed.add(scene.client("closed" + family).open().echo());
                half.add(scene.client("half" + family)
                        .open()
                        .say("at-eof send " + SOME)
                        .echo());
                sending.add(scene.client("sending" + family).open().echo());
            }

            lab.lab("kill", "a", "ftcpd", "STOP");
            for (Client c : closed) c.say("send " + SOME, "close").take(SOME).end();
            for (Client c : half) c.half().take(SOME).end();
            for (Client c : sending) c.say("half", "sum " + c.file()).end();
            lab.lab("kill", "a", "ftcpd");
            lab.await("b", "UNPROTECTED");

            for (Client c : closed) c.close().gone();
            for (Client c : half) c.close().gone();
            for (Client c : sending)
                c.pour(SOME).half().close().summed("b", 1, SOME).gone();
        });
    }

    /** Between two requests, where nobody owes anybody anything: the client ends, and the service answers that. */
    @Test
    void soIsThatOfAnIdleHttpConnection() throws Exception {
        Lab.with(lab -> {
            Path config = config(lab, "listen = [\"" + Target.V4.address() + ":80\"]", "backend = \"127.0.0.1:80\"");
            lab.protect(config, "service", "python3", lab.resource("failing.py").toString(), "80", "1", "/run/failed");
            LabProgram asker = lab.program(
                    "client", "python3", lab.resource("asker.py").toString(), Target.V4.address(), "80", "/");
            Lab.await("an answer", () -> asker.count("answers") == 1);
            lab.lab("kill", "a", "ftcpd", "STOP");
            asker.stop();
            Lab.await("the service's FIN", () -> sockets(lab, "closing").contains(":80"));
            lab.lab("kill", "a", "ftcpd");
            lab.await("b", "UNPROTECTED");
            Lab.await("the client's side to end", () -> !sockets(lab, "closing").contains(":80"));
            Lab.await(
                    "the service's side to end",
                    () -> lab.status("b")
                                    .getAsJsonObject("connections")
                                    .get("live")
                                    .getAsInt()
                            == 0);
        });
    }

    private static String sockets(Lab lab, String state) {
        return lab.output("client", "ss", "-tanH", "state", state);
    }

    /** A daemon that stands still keeps its lease for long, and is not taken for dead. */
    private static Path config(Lab lab, String... service) throws IOException {
        Stream<String> patience = Stream.of("lease = \"6s\"", "detect = \"30s\"", "standby-stall = \"60s\"");
        return lab.config("", Stream.concat(Arrays.stream(service), patience).toArray(String[]::new));
    }
}
