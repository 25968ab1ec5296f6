package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.ftcp.tests.peer.PeerNet;
import dev.ftcp.tests.peer.RawPeer;
import dev.ftcp.tests.peer.Script;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * SYNs of clients that never answer fill the service's backlog, so that its kernel resorts to SYN cookies, and all slots of the daemon:
 * clients that mean it are served all the same, and their connections outlive the host.
 */
class OpeningFloodTest {
    private static final int SLOTS = 64, BACKLOG = 8, SILENT = 200, HONEST = 20;

    @Test
    void whoAnswersIsServedAndContinued() throws Exception {
        Lab.with(lab -> {
            for (String host : List.of("a", "b")) lab.sysctl(host, "core/somaxconn", String.valueOf(BACKLOG));
            lab.protectRecorder("connections = " + SLOTS);
            Actors clients = Actors.start(lab);
            PeerNet net = lab.peers();
            long cookies = cookies(lab);
            for (int i = 0; i < SILENT; i++) silent(net, i);
            for (int i = 0; i < HONEST; i++) {
                Actors.outcome(clients.order("honest-" + i, "bind"));
                Actors.outcome(clients.order("honest-" + i, "connect", Lab.VIP, 80));
                silent(net, SILENT + i);
            }
            for (int i = 0; i < HONEST; i++) echo(clients, i);
            JsonObject status = lab.status("a");
            assertThat(status.getAsJsonObject("counters")
                            .get("refused_openings")
                            .getAsLong())
                    .as("openings that found no slot: %s", status)
                    .isPositive();
            assertThat(status.get("verdict").getAsString()).isEqualTo("PROTECTED");
            assertThat(cookies(lab)).as("SYN cookies sent").isGreaterThan(cookies);

            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            for (int i = 0; i < HONEST; i++) echo(clients, i);
        });
    }

    private static void silent(PeerNet net, int number) throws Exception {
        RawPeer peer = new RawPeer(net, InetAddress.getByName("10.77.0." + (200 + number % 50)), 1000 * number);
        new Script(peer, 100).play("> S <mss 1460, sack, ts, wscale 7>");
    }

    private static void echo(Actors clients, int number) throws Exception {
        String name = "honest-" + number;
        Actors.outcome(clients.order(name, "say", name));
        assertThat(Actors.outcome(clients.order(name, "line")).getAsString()).isEqualTo(name);
    }

    private static long cookies(Lab lab) {
        String[] words = lab.run("a", "nstat", "-asz", "TcpExtSyncookiesSent").split("\\s+");
        return Long.parseLong(words[words.length - 2]);
    }
}
