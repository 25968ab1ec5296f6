package dev.ftcp.daemon.loop;

import dev.ftcp.core.log.LogReader;
import dev.ftcp.xen.bpf.CaptureRing;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Sleeps until the wrap captures something, the peer rings, another thread has a task, or time is up. Whoever produces looks at a flag
 * before it wakes the sleeper, so each flag is set, and its ring looked at once more, before the sleep.
 */
final class Sleeper implements AutoCloseable {
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
    private static final long CAPTURE = 0, WAKE = 1, LINK = 2;

    private final Epoll epoll = new Epoll(4);
    private final int wakeFd = Sys.check(LibC.INSTANCE.eventfd(0, EFD_CLOEXEC_NONBLOCK), "eventfd");
    private final Pointer one = Sys.allocate(8);
    private final Pointer sink = Sys.allocate(8);
    private @Nullable PeerLink watched;

    Sleeper(CaptureRing capture) {
        one.putLong(0, 1);
        epoll.add(capture.fd(), CAPTURE);
        epoll.add(wakeFd, WAKE);
    }

    /** Ends a sleep, or the next one. Any thread. */
    void wake() {
        LibC.INSTANCE.write(wakeFd, one, 8);
    }

    void sleep(CaptureRing capture, @Nullable LogReader reader, @Nullable PeerLink link, int millis) {
        watch(link);
        boolean quiet = capture.prepareSleep();
        if (reader != null) quiet &= reader.ring().prepareSleep();
        if (quiet) epoll.await(millis);
        capture.awake();
        if (reader != null) reader.ring().awake();
        LibC.INSTANCE.read(wakeFd, sink, 8);
    }

    @Override
    public void close() {
        epoll.close();
        Sys.closeQuietly(wakeFd);
    }

    private void watch(@Nullable PeerLink link) {
        if (link == watched) return;
        watched = link; // a closed descriptor has left the epoll set by itself
        if (link != null) epoll.add(link.fd(), LINK);
    }
}
