package dev.ftcp.daemon.control;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the control socket on threads of its own: one that accepts, one for each client. A client can be slow or hostile without the
 * core loop noticing; there are at most {@value #CLIENTS_MAX} of them.
 */
public final class ControlServer implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int CLIENTS_MAX = 16;

    private final Path path;
    private final ServiceControl service;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

    private ControlServer(Path path, ServiceControl service, ServerSocketChannel server) {
        this.path = path;
        this.service = service;
        this.server = server;
    }

    /**
     * Listens at {@code path}, for owner and group. A socket that a dead daemon left there is replaced.
     *
     * @throws IOException if the path can't be used, or a daemon answers there
     */
    public static ControlServer listen(Path path, ServiceControl service) throws IOException {
        Path directory = path.getParent();
        if (directory != null) Files.createDirectories(directory);
        removeStale(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
        } catch (IOException e) {
            server.close();
            throw new IOException("control socket " + path + ": " + e.getMessage(), e);
        }
        ControlServer out = new ControlServer(path, service, server);
        out.thread("control", out::accept);
        return out;
    }

    /** Stops listening, removes the socket and disconnects clients. */
    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
        for (SocketChannel c : clients) c.close();
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) return;
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("control socket " + path + ": something that is not a socket is there; remove it");
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException("control socket " + path + ": a daemon answers there already ("
                    + probe.getRemoteAddress() + "); end it, or set another control.socket");
        } catch (ConnectException e) {
            Files.delete(path);
        }
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                clients.add(client);
                if (clients.size() > CLIENTS_MAX) refuse(client);
                else thread("control-client", () -> serve(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("event=control-accept-failed error=\"{}\"", e.getMessage());
                pause();
            }
        }
    }

    private void refuse(SocketChannel client) throws IOException {
        try (client) {
            send(Channels.newOutputStream(client), Protocol.error("too many clients on the control socket"));
        } finally {
            clients.remove(client);
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            InputStream in = new BufferedInputStream(Channels.newInputStream(client));
            OutputStream out = Channels.newOutputStream(client);
            for (String line = readLine(in); line != null; line = readLine(in)) send(out, answer(line));
        } catch (IOException e) {
            if (server.isOpen()) LOG.debug("event=control-client-lost error=\"{}\"", e.toString());
        } finally {
            clients.remove(client);
        }
    }

    private String answer(String line) {
        try {
            return Protocol.answer(line, service);
        } catch (RuntimeException e) {
            LOG.warn("event=control-command-failed", e);
            return Protocol.error("the command failed inside the daemon: " + e);
        }
    }

    private static void send(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') return line.toString(StandardCharsets.UTF_8);
            if (line.size() == Protocol.REQUEST_MAX)
                throw new IOException("request longer than " + Protocol.REQUEST_MAX);
            line.write(b);
        }
        return null;
    }

    private static void pause() {
        try {
            Thread.sleep(100); // out of descriptors: don't spin until there are some
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void thread(String name, Runnable body) {
        Thread t = new Thread(body, name);
        t.setDaemon(true);
        t.start();
    }
}
