package dev.ftcp.tests.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code scripts/lab} for one lab.
 *
 * @param name the lab's name
 * @param directory for what a command prints
 */
record LabScript(String name, Path directory) {
    /** The top of the project. */
    static final Path ROOT = root();

    static final String PATH = ROOT.resolve("scripts/lab").toString();

    /** More than any command that waits for something waits. */
    private static final int MAX_SECONDS = 300;

    /** What a command came to: exit status, and stdout and stderr together. */
    record Result(int status, String output) {}

    Result attempt(String... command) {
        List<String> all = new ArrayList<>(List.of(PATH));
        Collections.addAll(all, command);
        try {
            // To a file: a program that is left in the background would keep a pipe open.
            Path output = Files.createTempFile(directory, "lab", ".out");
            try {
                Process process = builder(all)
                        .redirectErrorStream(true)
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(output.toFile())
                        .start();
                if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("lab " + String.join(" ", command) + ": not done in time");
                }
                return new Result(process.exitValue(), Files.readString(output));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A program of the machine, whose {@code scripts/lab} means this lab. */
    ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(ROOT.toFile());
        builder.environment().put("FTCP_LAB", name);
        return builder;
    }

    private static Path root() {
        Path path = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(path.resolve("scripts/lab"))) {
            path = path.getParent();
            if (path == null) throw new IllegalStateException("no scripts/lab here or above");
        }
        return path;
    }
}
