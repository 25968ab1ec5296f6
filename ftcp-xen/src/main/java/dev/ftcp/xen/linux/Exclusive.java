package dev.ftcp.xen.linux;

import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/**
 * A name that one process at a time can have: a Unix socket in the abstract namespace (man 7 unix), which leaves no file and is free when its
 * process ends. Within a network namespace.
 */
public final class Exclusive implements AutoCloseable {
    private static final int AF_UNIX = 1, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0x80000;
    /** struct sockaddr_un: family(2), a zero byte, name. */
    private static final int NAME = 3, MAX_NAME = 107;

    private final int fd;
    private boolean closed;

    /**
     * Takes the name.
     *
     * @throws SyscallException {@link Errno#EADDRINUSE} if another one has it
     */
    public Exclusive(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_NAME) throw new IllegalArgumentException("name of " + bytes.length + " bytes: " + name);
        Pointer address = Sys.allocate(NAME + MAX_NAME);
        address.putShort(0, (short) AF_UNIX);
        address.put(NAME, bytes, 0, bytes.length);
        fd = Sys.check(LibC.INSTANCE.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket unix");
        if (LibC.INSTANCE.bind(fd, address, NAME + bytes.length) == 0) return;
        SyscallException e = Sys.error("take the name " + name);
        Sys.closeQuietly(fd);
        throw e;
    }

    /** Gives the name back. May be called again. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        Sys.closeQuietly(fd);
    }
}
