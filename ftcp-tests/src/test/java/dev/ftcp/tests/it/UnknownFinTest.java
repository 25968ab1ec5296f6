package dev.ftcp.tests.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
            Path config = lab.config(
                    "",
                    "listen = [\"" + Lab.VIP + ":7000\", \"[fd77::100]:7000\"]",
                    "backend = [\"127.0.0.1:7000\", \"[::1]:7000\"]",
                    "adapter = \"opaque\"",
                    "lease = \"6s\"",
                    "detect = \"30s\"",
                    "standby-stall = \"60s\"");
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
}
