package dev.ftcp.tests.it;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A program in a host that reports by JSON lines on stdout, the last of them with {@code "done"}. */
final class LabProgram {
    private static final long RESULT_SECONDS = 150;

    private final Process process;
    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final Thread reader = new Thread(this::readReports);
    private final Thread errorReader = new Thread(this::readErrors);
    private final Consumer<JsonObject> onReport;
    private volatile JsonObject latest = new JsonObject();

    /** @param onReport gets every report too, on a thread of this program */
    LabProgram(ProcessBuilder builder, Consumer<JsonObject> onReport) {
        this.onReport = onReport;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader.start();
        errorReader.start();
    }

    /** The newest report, empty before there is one. */
    JsonObject latest() {
        return latest;
    }

    /** A number of the newest report, 0 before there is one. */
    long count(String field) {
        JsonObject report = latest;
        return report.has(field) ? report.get(field).getAsLong() : 0;
    }

    boolean ended() {
        return !process.isAlive();
    }

    /** Sends a line to its stdin. */
    void say(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes its stdin, on which programs without an end of their own stop in order. */
    void stop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last report, once the program has ended. */
    JsonObject result() throws InterruptedException {
        if (!process.waitFor(RESULT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("not ended after " + RESULT_SECONDS + " s; last report: " + latest);
        }
        reader.join();
        errorReader.join();
        if (!latest.has("done")) {
            throw new AssertionError("ended with status " + process.exitValue() + " and no result; last report: "
                    + latest + "\n" + String.join("\n", errors));
        }
        return latest;
    }

    void end() {
        process.destroyForcibly();
    }

    private void readReports() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonObject report = JsonParser.parseString(line).getAsJsonObject();
                latest = report;
                onReport.accept(report);
            }
        } catch (IOException e) {
            errors.add(e.toString());
        }
    }

    private void readErrors() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) errors.add(line);
        } catch (IOException e) {
            errors.add(e.toString());
        }
    }
}
