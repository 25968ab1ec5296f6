package dev.ftcp.daemon.relay;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a socket that never became a channel. */
final class RawFd {
    private static final Logger LOG = LoggerFactory.getLogger(RawFd.class);

    private RawFd() {}

    /** Closes the descriptor, with a RST if it is a connected socket. */
    static void reset(int fd) {
        Socket socket = new Socket(fd);
        try {
            socket.setSoLinger(0);
        } catch (IOException e) {
            LOG.warn("fd={} cannot be reset: {}", fd, e.toString());
        }
        try {
            socket.close();
        } catch (IOException e) {
            LOG.warn("fd={} cannot be closed: {}", fd, e.toString());
        }
    }
}
