package dev.ftcp.daemon.control;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.reflect.TypeToken;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Asks a daemon through its control socket. One thread at a time. */
public final class ControlClient implements Closeable {
    private final SocketChannel channel;
    private final BufferedReader in;

    private ControlClient(SocketChannel channel) {
        this.channel = channel;
        this.in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /** Connects to a daemon. Throws IOException if none answers at {@code socket}. */
    public static ControlClient connect(Path socket) throws IOException {
        return new ControlClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** What the daemon is now. */
    public Status status() throws IOException {
        return convert(ask("status"), TypeToken.get(Status.class));
    }

    /** Its open connections. */
    public List<ConnectionStatus> connections() throws IOException {
        return convert(ask("connections"), new TypeToken<List<ConnectionStatus>>() {});
    }

    /** Its last takeovers, oldest first. */
    public List<TimelineEntry> timeline() throws IOException {
        return convert(ask("timeline"), new TypeToken<List<TimelineEntry>>() {});
    }

    /** What a switchover would do. */
    public SwitchoverPlan plan() throws IOException {
        return convert(ask("switchover-plan"), TypeToken.get(SwitchoverPlan.class));
    }

    /** Begins a switchover: what the daemon is then. */
    public Status switchover() throws IOException {
        return convert(ask("switchover"), TypeToken.get(Status.class));
    }

    /** Begins to start the service anew: what connections wait for then. */
    public String restart() throws IOException {
        return convert(ask("restart"), TypeToken.get(String.class));
    }

    /** What connections wait for while the service is down; empty if it is not. */
    public String restartStage() throws IOException {
        return convert(ask("restart-stage"), TypeToken.get(String.class));
    }

    /** The answer to a command as it came, for programs. */
    public JsonElement ask(String command) throws IOException {
        channel.write(ByteBuffer.wrap((Protocol.request(command) + "\n").getBytes(StandardCharsets.UTF_8)));
        String line = in.readLine();
        if (line == null) throw new IOException("the daemon closed the control socket without an answer");
        JsonObject answer = object(line);
        JsonElement result = answer.get("result");
        if (result != null) return result;
        if (answer.has("error")) throw new RefusedException(answer.get("error").getAsString());
        throw new IOException("the answer is not one of ftcpd: " + line);
    }

    private static JsonObject object(String line) throws IOException {
        try {
            return JsonParser.parseString(line).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new IOException("the answer is not one of ftcpd: " + line, e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static <T> T convert(JsonElement json, TypeToken<T> type) throws IOException {
        try {
            return Protocol.GSON.fromJson(json, type);
        } catch (JsonParseException e) {
            throw new IOException("the answer does not fit this version of ftcpctl: " + e.getMessage(), e);
        }
    }
}
