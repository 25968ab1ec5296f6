package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * G2 at its worst moment: the service answers while nothing commits, and then its host is lost. The daemon is stopped, which keeps the
 * rest of the host at work until the lease ends.
 *
 * <p>Under {@code follow} the clients are then ahead of the log. If the service is deterministic, they go on; if not, that ends in a reset
 * with its reason, never in bytes of two instances. Under {@code strict} the clients have seen nothing, and every
 * answer is one of one instance. With the safeguard switched off, that must be seen to fail.
 */
class OutputTest {
    /** Long enough for answers to arrive before the lease ends; then its end is waited for. */
    private static final String[] TIMES = {"lease = \"6s\"", "detect = \"30s\"", "standby-stall = \"60s\""};

    /** How long something forbidden gets to happen. */
    private static final Duration CHANCE = Duration.ofSeconds(1), CERTAINTY = Duration.ofSeconds(60);

    private static final String SAME = "/same", BIG = "/big", TOKEN = "/token";
    private static final int BIG_BYTES = 200 << 10, PERIOD = 251;

    @ParameterizedTest
    @CsvSource({"follow, true, ''", "follow, false, ''", "strict, false, ''", "strict, false, strict"})
    void answersThatNobodyCommitted(String output, boolean deterministic, String disabled) throws Exception {
        boolean held = output.equals("strict") && disabled.isEmpty();
        List<String> paths = deterministic ? List.of(SAME, BIG) : List.of(SAME, BIG, TOKEN);
        Lab.with(lab -> {
            Path config = config(lab, output, deterministic, disabled);
            lab.protect(
                    config, "instance", "python3", lab.resource("instance.py").toString(), "80");
            Map<String, LabProgram> clients = new LinkedHashMap<>();
            for (String path : paths) clients.put(path, asker(lab, path));
            for (LabProgram c : clients.values()) Lab.await("the first answer", () -> c.count("answers") == 1);

            lab.lab("kill", "a", "ftcpd", "STOP");
            clients.values().forEach(c -> c.say("again"));
            Lab.await("the service's answers", () -> answered(lab) == 2 * clients.size());
            boolean seen = Lab.within(
                    held ? CHANCE : CERTAINTY, () -> clients.values().stream().anyMatch(c -> c.count("answers") > 1));
            assertThat(seen).as("an answer seen while nothing commits").isEqualTo(!held);
            if (!disabled.isEmpty()) return; // the violation is seen
            if (!held) for (LabProgram c : clients.values()) Lab.await("the answer", () -> c.count("answers") == 2);

            lab.lab("kill", "a", "ftcpd");
            lab.await("b", "UNPROTECTED");
            if (held) for (LabProgram c : clients.values()) Lab.await("the answer", () -> c.count("answers") == 2);
            clients.values().forEach(c -> c.say("and again"));
            String log = lab.lab("log", "b", "ftcpd");
            Map<String, JsonObject> results = new LinkedHashMap<>();
            for (String path : paths) results.put(path, finish(clients.get(path)));
            if (!held && !deterministic) {
                assertThat(log.split("event=reset .* reason=\"client has bytes of a response to no request\"", -1))
                        .as("resets of %s", results)
                        .hasSize(1 + paths.size());
                results.forEach((path, result) -> {
                    assertThat(result.get("error").getAsString()).contains("ConnectionResetError");
                    assertThat(result.getAsJsonArray("bodies")).hasSize(2);
                });
                assertThat(hosts(results.get(TOKEN))).isEqualTo("aa");
                return;
            }
            assertThat(log).doesNotContain("event=reset");
            exact(results.get(SAME), sha256("the same everywhere\n".getBytes(StandardCharsets.US_ASCII)));
            exact(results.get(BIG), sha256(pattern(BIG_BYTES)));
            if (held) assertThat(hosts(results.get(TOKEN))).isEqualTo("abb");
        });
    }

    private static Path config(Lab lab, String output, boolean deterministic, String disabled) throws IOException {
        List<String> settings = new ArrayList<>(List.of(TIMES));
        settings.add("listen = [\"" + Target.V4.address() + ":80\"]");
        settings.add("backend = \"127.0.0.1:80\"");
        if (!deterministic) settings.add("deterministic = false");
        if (!output.equals("follow")) settings.add("output = \"" + output + "\"");
        return lab.config(disabled, settings.toArray(String[]::new));
    }

    private static LabProgram asker(Lab lab, String path) throws IOException {
        return lab.program("client", "python3", lab.resource("asker.py").toString(), Target.V4.address(), "80", path);
    }

    private static int answered(Lab lab) {
        return Integer.parseInt(lab.run("a", "cat", "/srv/upload/answers").strip());
    }

    /** Waits for the third answer or the connection's end. */
    private static JsonObject finish(LabProgram client) throws InterruptedException {
        Lab.await("the last answer", () -> client.count("answers") == 3 || client.ended());
        client.stop();
        return client.result();
    }

    private static void exact(JsonObject result, String sha256) {
        assertThat(result.get("error").getAsString()).as("%s", result).isEmpty();
        JsonArray bodies = result.getAsJsonArray("bodies");
        assertThat(bodies).hasSize(3);
        bodies.forEach(b -> assertThat(b.getAsJsonObject().get("sha256").getAsString())
                .as("%s", b)
                .isEqualTo(sha256));
    }

    /** Which instance gave each answer. */
    private static String hosts(JsonObject result) {
        StringBuilder hosts = new StringBuilder();
        for (JsonElement body : result.getAsJsonArray("bodies")) {
            String text = body.getAsJsonObject().get("begin").getAsString();
            // Every byte of it is of one instance: it has that one's length.
            assertThat(text).matches("a [0-9a-f]{38}|b [0-9a-f]{58}");
            hosts.append(text.charAt(0));
        }
        return hosts.toString();
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) (i % PERIOD);
        return bytes;
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
