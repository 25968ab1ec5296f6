package dev.ftcp.daemon.control;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

/**
 * The control protocol: one JSON object on a line for a request, one for the answer, any number of both on a connection.
 *
 * <pre>
 *   → {"command":"status"}                → {"command":"frobnicate"}
 *   ← {"ok":true,"result":{...}}          ← {"ok":false,"error":"unknown command 'frobnicate'"}
 * </pre>
 */
final class Protocol {
    /** Longest request in bytes. */
    static final int REQUEST_MAX = 4096;

    /** Field names on the wire are those of the records in lower_case_with_underscores; absent values are left out. */
    static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .disableHtmlEscaping()
            .create();

    private Protocol() {}

    static String request(String command) {
        JsonObject o = new JsonObject();
        o.addProperty("command", command);
        return GSON.toJson(o);
    }

    /** The answer to a request line; a request that makes no sense gets one too. */
    static String answer(String request, ServiceControl service) {
        try {
            JsonElement parsed = JsonParser.parseString(request);
            JsonElement command =
                    parsed.isJsonObject() ? parsed.getAsJsonObject().get("command") : null;
            if (command == null || !command.isJsonPrimitive())
                return error("a request is an object with a \"command\"");
            return switch (command.getAsString()) {
                case "status" -> result(GSON.toJsonTree(service.status()));
                case "connections" -> result(GSON.toJsonTree(service.connections()));
                case "timeline" -> result(GSON.toJsonTree(service.timeline()));
                case "switchover-plan" -> result(GSON.toJsonTree(service.plan()));
                case "switchover" -> {
                    service.switchover();
                    yield result(GSON.toJsonTree(service.status()));
                }
                case "restart" -> {
                    service.restart();
                    yield stage(service);
                }
                case "restart-stage" -> stage(service);
                default ->
                    error(
                            "unknown command '" + command.getAsString()
                                    + "'; there are status, connections, timeline, switchover-plan, switchover, restart and restart-stage");
            };
        } catch (RefusedException e) {
            return error(String.valueOf(e.getMessage()));
        } catch (JsonParseException e) {
            return error("the request is not JSON: " + e.getMessage());
        }
    }

    private static String stage(ServiceControl service) {
        String stage = service.restartStage();
        return result(new JsonPrimitive(stage == null ? "" : stage));
    }

    static String error(String what) {
        JsonObject o = new JsonObject();
        o.addProperty("ok", false);
        o.addProperty("error", what);
        return GSON.toJson(o);
    }

    private static String result(JsonElement value) {
        JsonObject o = new JsonObject();
        o.addProperty("ok", true);
        o.add("result", value);
        return GSON.toJson(o);
    }
}
