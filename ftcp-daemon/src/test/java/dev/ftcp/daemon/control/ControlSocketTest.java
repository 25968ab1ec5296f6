package dev.ftcp.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {
    @TempDir
    private Path directory;

    @Test
    void aStatusComesThroughUnchanged() throws IOException {
        Path socket = directory.resolve("run/web.sock");
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.owner()));
                ControlClient client = ControlClient.connect(socket)) {
            assertThat(server).isNotNull();
            assertThat(client.status()).isEqualTo(Samples.owner());
            assertThat(client.connections()).isEqualTo(Samples.connections());
            assertThat(client.status()).isEqualTo(Samples.owner());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-rw----");
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void absentValuesAreLeftOut() throws IOException {
        Path socket = directory.resolve("web.sock");
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.starting()));
                ControlClient client = ControlClient.connect(socket)) {
            assertThat(server).isNotNull();
            assertThat(client.ask("status").toString())
                    .startsWith("{\"verdict\":\"STARTING\"")
                    .contains("\"connections\":{\"live\":0,\"protected\":0,\"unprotected\":0,\"reasons\":{}}")
                    .contains("\"since_age_nanos\":900000000")
                    .doesNotContain("last_takeover")
                    .doesNotContain("lease_nanos");
            assertThat(client.status()).isEqualTo(Samples.starting());
        }
    }

    @Test
    void whatMakesNoSenseIsRefusedAndTheConnectionGoesOn() throws IOException {
        Path socket = directory.resolve("web.sock");
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.owner()));
                ControlClient client = ControlClient.connect(socket)) {
            assertThat(server).isNotNull();
            assertThatThrownBy(() -> client.ask("frobnicate"))
                    .isInstanceOf(RefusedException.class)
                    .hasMessage(
                            "unknown command 'frobnicate'; there are status, connections, timeline, switchover-plan, switchover, restart and restart-stage");
            assertThat(raw(socket, "not json\n[]\n{\"command\":[]}\n{\"command\":null}\n{\"command\":\"status\"}\n", 5))
                    .satisfiesExactly(
                            a -> assertThat(a).contains("\"ok\":false"),
                            a -> assertThat(a).contains("\"ok\":false"),
                            a -> assertThat(a).contains("\"ok\":false"),
                            a -> assertThat(a).contains("\"ok\":false"),
                            a -> assertThat(a).contains("\"ok\":true"));
            assertThat(client.status().epoch()).isEqualTo(4);
        }
    }

    @Test
    void aSourceThatFailsDoesNotEndTheServer() throws IOException {
        Path socket = directory.resolve("web.sock");
        ServiceControl broken = new ServiceControl() {
            @Override
            public Status status() {
                throw new IllegalStateException("core loop is gone");
            }

            @Override
            public List<ConnectionStatus> connections() {
                return List.of();
            }

            @Override
            public List<TimelineEntry> timeline() {
                return List.of();
            }

            @Override
            public SwitchoverPlan plan() {
                return Samples.plan(null);
            }

            @Override
            public void switchover() {}

            @Override
            public void restart() {}

            @Override
            public @Nullable String restartStage() {
                return null;
            }
        };
        try (ControlServer server = ControlServer.listen(socket, broken);
                ControlClient client = ControlClient.connect(socket)) {
            assertThat(server).isNotNull();
            assertThatThrownBy(client::status).hasMessageContaining("core loop is gone");
            assertThat(client.connections()).isEmpty();
        }
    }

    @Test
    void anEndlessRequestOnlyCostsItsOwnConnection() throws IOException {
        Path socket = directory.resolve("web.sock");
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.owner()))) {
            assertThat(server).isNotNull();
            assertThat(raw(socket, "x".repeat(Protocol.REQUEST_MAX + 1), 1)).isEmpty();
            try (ControlClient client = ControlClient.connect(socket)) {
                assertThat(client.status()).isEqualTo(Samples.owner());
            }
        }
    }

    @Test
    void tooManyClientsAreTurnedAway() throws IOException {
        Path socket = directory.resolve("web.sock");
        List<ControlClient> clients = new ArrayList<>();
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.owner()))) {
            assertThat(server).isNotNull();
            for (int i = 0; i < 16; i++) {
                ControlClient c = ControlClient.connect(socket);
                clients.add(c);
                c.status();
            }
            try (ControlClient late = ControlClient.connect(socket)) {
                assertThatThrownBy(late::status).isInstanceOf(IOException.class);
            }
            assertThat(clients.get(0).status()).isEqualTo(Samples.owner());
        } finally {
            for (ControlClient c : clients) c.close();
        }
    }

    @Test
    void aDeadDaemonsSocketIsReplacedButALivingOnesAndAFileAreNot() throws IOException {
        Path socket = directory.resolve("web.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.owner()))) {
            assertThat(server).isNotNull();
            assertThatThrownBy(() -> ControlServer.listen(socket, Samples.source(Samples.owner())))
                    .hasMessageContaining("a daemon answers there already");
        }
        Path file = Files.writeString(directory.resolve("file"), "precious");
        assertThatThrownBy(() -> ControlServer.listen(file, Samples.source(Samples.owner())))
                .hasMessageContaining("not a socket");
        assertThat(file).hasContent("precious");
    }

    private static List<String> raw(Path socket, String request, int answers) throws IOException {
        List<String> out = new ArrayList<>();
        try (SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            c.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            BufferedReader in = new BufferedReader(Channels.newReader(c, StandardCharsets.UTF_8));
            for (int i = 0; i < answers; i++) {
                String line = lineOf(in);
                if (line == null) break;
                out.add(line);
            }
        }
        return out;
    }

    /** Null at the end, also when the server closed with unread input, which resets the connection. */
    private static String lineOf(BufferedReader in) {
        try {
            return in.readLine();
        } catch (IOException e) {
            return null;
        }
    }
}
