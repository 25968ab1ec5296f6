package dev.ftcp.xen.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Runs a command to its end. */
final class Shell {
    private Shell() {}

    static String run(String command) {
        try {
            Process p = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .start();
            String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (p.waitFor() != 0) throw new IllegalStateException(command + ": " + out);
            return out;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(command, e);
        }
    }
}
