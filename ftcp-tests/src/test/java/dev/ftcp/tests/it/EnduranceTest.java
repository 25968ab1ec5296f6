package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One connection with traffic in both directions lives through faults and switchovers in turn: {@code scripts/endure}, shortened. */
class EnduranceTest {
    private static final String ROUNDS = "12";
    private static final int LIMIT_MINUTES = 10;

    @Test
    void oneConnectionLivesThroughAllOfThem(@TempDir Path directory) throws Exception {
        LabScript lab = new LabScript("it-endure-" + ProcessHandle.current().pid(), directory);
        Path log = directory.resolve("endure.log");
        String script = LabScript.ROOT.resolve("scripts/lib/endure.py").toString();
        Process process = lab.builder(List.of("python3", script, "--rounds", ROUNDS))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroy();
            lab.attempt("down");
        }
        String said = Files.readString(log);
        assertThat(process.exitValue()).as("%s", said).isZero();
        assertThat(said).contains(ROUNDS + " rounds on one connection");
    }
}
