package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of connections that open on all processors at once. The kernel then makes two sockets of some openings, for the ACK and the data behind it, and drops
 * one (about 1 of 4,000 here): that is not the end of a connection.
 */
class ManyConnectionsTest {
    private static final int CONNECTIONS = 8_000;

    @ParameterizedTest
    @ValueSource(strings = {"switchover", "crash"})
    void eachIsFollowedAndContinued(String how) throws Exception {
        Lab.with(lab -> {
            lab.protect(Lab.webConfig());
            LabProgram clients = lab.program(
                    "client",
                    "python3",
                    lab.resource("many.py").toString(),
                    Target.V4.address(),
                    String.valueOf(Target.V4.port()),
                    String.valueOf(CONNECTIONS),
                    Lab.WWW.resolve("1k.bin").toString());
            Lab.await("all answers", () -> clients.count("answered") == CONNECTIONS || clients.ended());
            JsonObject connections = lab.status("a").getAsJsonObject("connections");
            assertThat(connections.get("protected").getAsInt())
                    .as("protected: %s", connections)
                    .isEqualTo(CONNECTIONS);
            if (how.equals("crash")) lab.lab("crash", "a");
            else lab.lab("ctl", "a", "switchover");
            Lab.await("the end of the takeover", () -> lab.verdict("b").matches("UNPROTECTED|SYNCING|PROTECTED"));
            clients.say("ask");
            Lab.await("answers again", () -> clients.count("answered") == 2 * CONNECTIONS || clients.ended());
            clients.stop();
            JsonObject result = clients.result();
            assertThat(result.getAsJsonArray("broken")).as("%s", result).isEmpty();
            assertThat(lab.losses()).doesNotContain("event=reset", "event=lost");
        });
    }
}
