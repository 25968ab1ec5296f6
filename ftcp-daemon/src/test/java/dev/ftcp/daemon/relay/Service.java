package dev.ftcp.daemon.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A service instance: an ordinary server with a thread for each connection. */
final class Service implements AutoCloseable {
    interface Dialogue {
        /** The connection is closed after this returns, with a RST if SO_LINGER is 0 by then. */
        void talk(Socket socket, int number) throws IOException;
    }

    final AtomicInteger accepted = new AtomicInteger();
    private final ServerSocket server = new ServerSocket();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    Service(Dialogue dialogue) throws IOException {
        this(0, dialogue);
    }

    Service(int port, Dialogue dialogue) throws IOException {
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        thread(() -> {
            while (true) {
                Socket s = server.accept();
                sockets.add(s);
                int number = accepted.getAndIncrement();
                thread(() -> {
                    try (s) {
                        dialogue.talk(s, number);
                    }
                });
            }
        });
    }

    static Service echo() throws IOException {
        return new Service((s, n) -> {
            s.setTcpNoDelay(true);
            s.getInputStream().transferTo(s.getOutputStream());
        });
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    private interface Io {
        void run() throws IOException;
    }

    private static void thread(Io io) {
        Thread t = new Thread(() -> {
            try {
                io.run();
            } catch (IOException closed) {
                // The other side went away, or the test is over.
            }
        });
        t.setDaemon(true);
        t.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket s : sockets) s.close();
    }
}
