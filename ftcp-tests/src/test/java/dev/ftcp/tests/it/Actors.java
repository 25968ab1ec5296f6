package dev.ftcp.tests.it;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code actors.py} in the lab's client: sends orders, which each connection carries out in order, and waits for their outcome. */
final class Actors {
    private static final long PATIENCE_SECONDS = 180;

    private final LabProgram program;
    private final AtomicInteger number = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonElement>> pending = new ConcurrentHashMap<>();
    private final Gson gson = new Gson();

    private Actors(Lab lab) throws IOException {
        program = lab.program(
                this::onReport, "client", "python3", lab.resource("actors.py").toString());
    }

    static Actors start(Lab lab) throws IOException {
        return new Actors(lab);
    }

    /**
     * Gives an order.
     *
     * @param who the connection, or the empty string for the wire
     * @return its outcome
     */
    CompletableFuture<JsonElement> order(String who, String operation, Object... arguments) {
        int id = number.incrementAndGet();
        CompletableFuture<JsonElement> outcome = new CompletableFuture<>();
        pending.put(id, outcome);
        String line = gson.toJson(Map.of("id", id, "who", who, "op", operation, "args", List.of(arguments)));
        synchronized (program) {
            program.say(line);
        }
        return outcome;
    }

    /** Waits for an outcome; what the connection could not do fails the test. */
    static JsonElement outcome(CompletableFuture<JsonElement> order) throws Exception {
        try {
            return order.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new AssertionError("not done after " + PATIENCE_SECONDS + " s", e);
        }
    }

    private void onReport(JsonObject report) {
        CompletableFuture<JsonElement> outcome = pending.remove(report.get("id").getAsInt());
        if (outcome == null) return;
        JsonElement value = report.get("value");
        if (report.has("error"))
            outcome.completeExceptionally(new AssertionError(report.get("error").getAsString()));
        else outcome.complete(value == null ? JsonNull.INSTANCE : value);
    }
}
