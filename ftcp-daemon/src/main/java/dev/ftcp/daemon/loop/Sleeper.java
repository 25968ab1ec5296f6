package dev.ftcp.daemon.loop;

import dev.ftcp.core.log.LogReader;
import dev.ftcp.xen.bpf.CaptureRing;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.EventFd;
import org.jspecify.annotations.Nullable;

/**
 * Sleeps until the wrap captures something, the peer rings, another thread has a task, or time is up. Whoever produces looks at a flag
 * before it wakes the sleeper, so each flag is set, and its ring looked at once more, before the sleep.
 */
final class Sleeper implements AutoCloseable {
    private static final long CAPTURE = 0, WAKE = 1, LINK = 2;

    private final Epoll epoll = new Epoll(4);
    private final EventFd waker = new EventFd();
    private @Nullable PeerLink watched;

    Sleeper(CaptureRing capture) {
        epoll.add(capture.fd(), CAPTURE);
        epoll.add(waker.fd(), WAKE);
    }

    /** Ends a sleep, or the next one. Any thread. */
    void wake() {
        waker.raise();
    }

    void sleep(CaptureRing capture, @Nullable LogReader reader, @Nullable PeerLink link, int millis) {
        watch(link);
        boolean quiet = capture.prepareSleep();
        if (reader != null) quiet &= reader.ring().prepareSleep();
        if (quiet) epoll.await(millis);
        capture.awake();
        if (reader != null) reader.ring().awake();
        waker.lower();
    }

    @Override
    public void close() {
        epoll.close();
        waker.close();
    }

    private void watch(@Nullable PeerLink link) {
        if (link == watched) return;
        watched = link; // a closed descriptor has left the epoll set by itself
        if (link != null) epoll.add(link.fd(), LINK);
    }
}
