package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What must be true of a client of streams.py at its end. */
final class StreamCheck {
    private static final List<String> SERVERS = List.of("a", "b");

    private StreamCheck() {}

    /** It got the right bytes, as it has compared; and what it was told is stored is on the disk of one of the hosts. */
    static void check(Lab lab, JsonObject result) throws IOException {
        JsonObject down = result.getAsJsonObject("down"), up = result.getAsJsonObject("up");
        JsonArray files = up.remove("files").getAsJsonArray();
        assertThat(down.get("error").getAsString()).as("download: %s", down).isEmpty();
        assertThat(up.get("error").getAsString()).as("upload: %s", up).isEmpty();
        for (JsonElement file : files) {
            assertThat(SERVERS.stream().anyMatch(server -> isThere(lab, server, file.getAsJsonArray())))
                    .as("%s, which was put, is on one of the hosts", file)
                    .isTrue();
        }
    }

    private static boolean isThere(Lab lab, String server, JsonArray file) {
        Path path = lab.uploaded(server, file.get(0).getAsString());
        try (RandomAccessFile source =
                new RandomAccessFile(Lab.WWW.resolve("200m.bin").toFile(), "r")) {
            byte[] want = new byte[file.get(2).getAsInt()];
            source.seek(file.get(1).getAsLong());
            source.readFully(want);
            return Files.exists(path) && Arrays.equals(want, Files.readAllBytes(path));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
