package dev.ftcp.xen.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A Unix stream socket (man 7 unix), non-blocking, closed on exec so that no child keeps the peer from seeing the end. No allocation per
 * read or write. One thread.
 */
public final class UnixSocket implements AutoCloseable {
    /** Result of {@link #read} and {@link #write}: the other end is closed. */
    public static final int GONE = -1;

    private static final int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
    /** struct sockaddr_un: family(2), path(108) with its terminating zero. */
    private static final int PATH = 2, MAX_PATH = 107, ADDRESS_BYTES = 110;

    private static final int SCRATCH = 4096;

    private final int fd;
    private final Pointer none = Pointer.wrap(LibC.RUNTIME, 0L);
    private final Pointer scratch = Sys.allocate(SCRATCH);
    private final ByteBuffer scratchView = Sys.buffer(scratch, SCRATCH);
    private boolean closed;

    private UnixSocket(int fd) {
        this.fd = fd;
    }

    /** Binds and listens at a path where nothing is. */
    public static UnixSocket listen(Path path, int backlog) {
        Pointer address = address(path);
        UnixSocket socket = create();
        try {
            Sys.check(LibC.INSTANCE.bind(socket.fd, address, ADDRESS_BYTES), "bind " + path);
            Sys.check(LibC.INSTANCE.listen(socket.fd, backlog), "listen " + path);
            return socket;
        } catch (SyscallException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Connects at once or fails: {@link Errno#ENOENT} or {@link Errno#ECONNREFUSED} if nobody listens, {@link Errno#EAGAIN} if too many
     * wait to be accepted.
     */
    public static UnixSocket connect(Path path) {
        Pointer address = address(path);
        UnixSocket socket = create();
        try {
            Sys.check(LibC.INSTANCE.connect(socket.fd, address, ADDRESS_BYTES), "connect " + path);
            return socket;
        } catch (SyscallException e) {
            socket.close();
            throw e;
        }
    }

    /** The next connection of a listening socket, or null if none waits. */
    public @Nullable UnixSocket accept() {
        int accepted = LibC.INSTANCE.accept4(fd, none, none, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) return new UnixSocket(accepted);
        int errno = Sys.errno();
        if (errno == Errno.EAGAIN || errno == Errno.EINTR) return null;
        throw Sys.error("accept");
    }

    /** The descriptor. */
    public int fd() {
        return fd;
    }

    /**
     * Reads up to the remaining room of {@code into} and moves its position.
     *
     * @return bytes read, 0 if there is nothing to read now, {@link #GONE} at the end
     */
    public int read(ByteBuffer into) {
        int room = Math.min(into.remaining(), SCRATCH);
        long n = LibC.INSTANCE.recvfrom(fd, scratch, room, MSG_DONTWAIT, none, none);
        if (n < 0) return failed("recv");
        if (n == 0) return room == 0 ? 0 : GONE;
        into.put(scratchView.clear().limit((int) n));
        return (int) n;
    }

    /**
     * Writes what the socket takes of {@code from}'s remaining bytes and moves its position.
     *
     * @return bytes written, 0 if the socket is full, {@link #GONE} if the other end is closed
     */
    public int write(ByteBuffer from) {
        int length = Math.min(from.remaining(), SCRATCH);
        scratchView.clear().put(0, from, from.position(), length);
        long n = LibC.INSTANCE.sendto(fd, scratch, length, MSG_DONTWAIT | MSG_NOSIGNAL, none, 0);
        if (n < 0) return failed("send");
        from.position(from.position() + (int) n);
        return (int) n;
    }

    /** Closes the socket. May be called again. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        Sys.closeQuietly(fd);
    }

    private static int failed(String what) {
        return switch (Sys.errno()) {
            case Errno.EAGAIN, Errno.EINTR -> 0;
            case Errno.EPIPE, Errno.ECONNRESET, Errno.ENOTCONN -> GONE;
            default -> throw Sys.error(what + " on a unix socket");
        };
    }

    private static UnixSocket create() {
        return new UnixSocket(
                Sys.check(LibC.INSTANCE.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket unix"));
    }

    private static Pointer address(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > MAX_PATH)
            throw new IllegalArgumentException("socket path of " + name.length + " bytes, at most " + MAX_PATH
                    + " are allowed; choose a shorter directory: " + path);
        Pointer address = Sys.allocate(ADDRESS_BYTES);
        address.putShort(0, (short) AF_UNIX);
        address.put(PATH, name, 0, name.length);
        return address;
    }
}
