package dev.ftcp.daemon.relay;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Makes pairs of an ordinary client socket and the raw, non-blocking descriptor of its other end: what a restore gives. */
final class Acceptor implements AutoCloseable {
    private final Socket listener;

    Acceptor() throws IOException {
        Epoll.ensureAvailability(); // loads the native library that Socket needs
        listener = Socket.newSocketStream();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listener.listen(1024);
    }

    record Pair(java.net.Socket client, int fd) {}

    Pair pair() throws IOException {
        return pair(0);
    }

    /** With a receive buffer of the client that is this small, if it is not 0. */
    Pair pair(int clientReceiveBuffer) throws IOException {
        java.net.Socket client = new java.net.Socket();
        if (clientReceiveBuffer > 0) client.setReceiveBufferSize(clientReceiveBuffer);
        client.setTcpNoDelay(true);
        client.connect(listener.localAddress(), 5000);
        client.setSoTimeout(10_000);
        int fd = listener.accept(new byte[32]);
        if (fd < 0) throw new IOException("no connection");
        return new Pair(client, fd);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
