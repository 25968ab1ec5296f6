package dev.ftcp.xen.linux;

import jnr.ffi.Pointer;

/** A descriptor that a thread sleeps on until another one raises it (man 2 eventfd). Non-blocking, closed on exec. */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;

    private final int fd = Sys.check(LibC.INSTANCE.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    private final Pointer one = Sys.allocate(Long.BYTES);
    private final Pointer count = Sys.allocate(Long.BYTES);

    /** An eventfd that is not raised. */
    public EventFd() {
        one.putLong(0, 1);
    }

    /** The descriptor, readable while raised. */
    public int fd() {
        return fd;
    }

    /** Makes the descriptor readable. Any thread. */
    public void raise() {
        LibC.INSTANCE.write(fd, one, Long.BYTES); // fails only when it is raised anyway
    }

    /** Makes it unreadable until it is raised again. The thread that sleeps on it. */
    public void lower() {
        LibC.INSTANCE.read(fd, count, Long.BYTES); // fails only when it was not raised
    }

    @Override
    public void close() {
        Sys.closeQuietly(fd);
    }
}
