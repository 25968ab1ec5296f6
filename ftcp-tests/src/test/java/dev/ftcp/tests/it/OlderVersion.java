package dev.ftcp.tests.it;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The version before this one, built from the project's own history: the last that spoke only version 1 of the rendezvous. */
final class OlderVersion {
    private static final String COMMIT = "20f9fc67281e8e215b714ab48eb9ad38f8dd40d3";

    private OlderVersion() {}

    /** Its {@code scripts/ftcpd}. Where the sources came without their history, the test is skipped. */
    static Path launcher() throws IOException, InterruptedException {
        Path tree = LabScript.ROOT.resolve("target/older/" + COMMIT);
        Path launcher = tree.resolve("scripts/ftcpd");
        if (Files.isDirectory(tree.resolve("ftcp-daemon/target/lib"))) return launcher;
        Assumptions.assumeTrue(
                run("git cat-file -e " + COMMIT) == 0, "the version before is not in this copy's git history");
        require("mkdir -p " + tree + " && git archive " + COMMIT + " | tar -x -C " + tree);
        require("cd " + tree
                + " && mvn -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip -pl ftcp-daemon -am package");
        return launcher;
    }

    private static void require(String command) throws IOException, InterruptedException {
        if (run(command) != 0) throw new AssertionError(command + "\n" + Files.readString(output()));
    }

    private static int run(String command) throws IOException, InterruptedException {
        Files.createDirectories(output().getParent());
        return new ProcessBuilder(List.of("bash", "-ec", "set -o pipefail; " + command))
                .directory(LabScript.ROOT.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output().toFile())
                .start()
                .waitFor();
    }

    private static Path output() {
        return LabScript.ROOT.resolve("target/older/build.log");
    }
}
