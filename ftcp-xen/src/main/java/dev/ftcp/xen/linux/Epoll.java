package dev.ftcp.xen.linux;

import jnr.ffi.Pointer;

/**
 * A level-triggered epoll instance (man 7 epoll). Its own descriptor can be put into another one. No allocation per wait. One thread.
 *
 * <pre>
 *   struct epoll_event: events(4), then data(8): packed on x86_64 only (linux/eventpoll.h, EPOLL_PACKED)
 * </pre>
 */
public final class Epoll implements AutoCloseable {
    private static final int EPOLL_CLOEXEC = 0x80000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLLIN = 1;
    private static final boolean PACKED = "amd64".equals(System.getProperty("os.arch"));
    private static final int DATA = PACKED ? 4 : 8, EVENT = PACKED ? 12 : 16;

    private final int fd;
    private final int maxEvents;
    private final Pointer events;
    private boolean closed;

    /**
     * A new instance.
     *
     * @param maxEvents most descriptors that one wait reports; the others are reported by the next
     */
    public Epoll(int maxEvents) {
        this.maxEvents = maxEvents;
        this.events = Sys.allocate(maxEvents * EVENT);
        this.fd = Sys.check(LibC.INSTANCE.epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    }

    /** Its descriptor: readable when a wait would report something. */
    public int fd() {
        return fd;
    }

    /** Watches {@code watched} for input, end of stream and errors; {@link #token} tells which one it was. */
    public void add(int watched, long token) {
        events.putInt(0, EPOLLIN);
        events.putLong(DATA, token);
        Sys.check(LibC.INSTANCE.epoll_ctl(fd, EPOLL_CTL_ADD, watched, events), "epoll_ctl add");
    }

    /** Stops watching; to be called before {@code watched} is closed. */
    public void remove(int watched) {
        Sys.check(LibC.INSTANCE.epoll_ctl(fd, EPOLL_CTL_DEL, watched, events), "epoll_ctl delete");
    }

    /**
     * Waits for descriptors.
     *
     * @param timeoutMillis 0 to look only, −1 to wait for ever
     * @return number of descriptors to be asked for by {@link #token}; 0 after the timeout or a signal
     */
    public int await(int timeoutMillis) {
        int n = LibC.INSTANCE.epoll_wait(fd, events, maxEvents, timeoutMillis);
        if (n >= 0) return n;
        if (Sys.errno() == Errno.EINTR) return 0;
        throw Sys.error("epoll_wait");
    }

    /** Token of the {@code i}th descriptor of the last {@link #await}; valid until the next call of any other method. */
    public long token(int i) {
        return events.getLong((long) i * EVENT + DATA);
    }

    /** Closes this instance, not what it watches. May be called again. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        Sys.closeQuietly(fd);
    }
}
