package dev.ftcp.daemon.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Echoes small messages of many connections on one thread, so that the service costs little beside the relay. */
final class EchoLoop implements AutoCloseable {
    private final Selector selector = Selector.open();
    private final ServerSocketChannel server = ServerSocketChannel.open();

    EchoLoop() throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        Thread t = new Thread(this::run);
        t.setDaemon(true);
        t.start();
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) server.getLocalAddress();
    }

    private void run() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        try {
            while (selector.isOpen()) selector.select(key -> serve(key, buffer));
        } catch (IOException | java.nio.channels.ClosedSelectorException over) {
            // The test is over.
        }
    }

    private void serve(SelectionKey key, ByteBuffer buffer) {
        try {
            if (key.isAcceptable()) {
                for (SocketChannel c; (c = server.accept()) != null; ) {
                    c.configureBlocking(false);
                    c.register(selector, SelectionKey.OP_READ);
                }
                return;
            }
            SocketChannel c = (SocketChannel) key.channel();
            buffer.clear();
            if (c.read(buffer) < 0) {
                c.close();
                return;
            }
            buffer.flip();
            if (c.write(buffer) < buffer.limit()) throw new IOException("more than a small message");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        server.close();
    }
}
