package dev.ftcp.daemon.loop;

import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.role.PeerAnswer;
import dev.ftcp.core.role.Role;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Rendezvous;
import dev.ftcp.xen.linux.Epoll;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meets the peer. Joiners are answered on a thread of its own, so that two daemons that look for each other at the same time do not wait
 * for each other; {@link #join} is called by the core loop. What a joiner is told follows the role that was set last.
 */
final class Peers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);
    private static final String NOT_OWNER = "not the owner: ";
    private static final int WAIT_MILLIS = 100;

    private final Rendezvous rendezvous;
    private final RegionSpec spec;
    private final Runnable wake;
    private final ConcurrentLinkedQueue<PeerLink> arrived = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile Role role = Role.STARTING;
    private String lastRefusal = "";
    private volatile boolean offering;
    private volatile boolean closed;

    /** @param rendezvous stays the caller's, who closes it after this object */
    Peers(Rendezvous rendezvous, RegionSpec spec, Runnable wake) {
        this.rendezvous = rendezvous;
        this.spec = spec;
        this.wake = wake;
        this.thread = new Thread(this::answer, "ftcp-rendezvous");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void role(Role now) {
        role = now;
        offering = false;
    }

    /** A standby that was let in, or null. */
    @Nullable
    PeerLink next() {
        return arrived.poll();
    }

    /** What the peer says; with OWNER comes the link. */
    Joined join() {
        // From the offer until the role says so, this side may hold a copy that can be promoted. If it called itself
        // idle, the peer's next daemon would claim the address beside it.
        offering = true;
        try {
            return new Joined(PeerAnswer.OWNER, rendezvous.join(spec));
        } catch (LinkException e) {
            offering = false;
            LOG.debug("event=not-joined answer={} reason=\"{}\"", e.reason(), e.getMessage());
            return new Joined(answerOf(e), null);
        }
    }

    /** The outcome of {@link #join}. */
    record Joined(PeerAnswer answer, @Nullable PeerLink link) {}

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (PeerLink l = arrived.poll(); l != null; l = arrived.poll()) l.close();
    }

    private PeerAnswer answerOf(LinkException e) {
        return switch (e.reason()) {
            case NO_PEER -> PeerAnswer.ABSENT;
            case REFUSED, OTHER_VERSION -> {
                String text = String.valueOf(e.getMessage());
                if (text.contains(NOT_OWNER + PeerAnswer.IDLE)) yield PeerAnswer.IDLE;
                if (!text.contains(NOT_OWNER)) refused(text);
                yield PeerAnswer.BUSY;
            }
            default -> PeerAnswer.SILENT;
        };
    }

    /** It is asked again many times a second; the journal is to hear of it once. */
    private void refused(String why) {
        if (!why.equals(lastRefusal)) LOG.warn("event=refused reason=\"{}\"", why);
        lastRefusal = why;
    }

    private void answer() {
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(rendezvous.fd(), 0);
            while (!closed) {
                if (epoll.await(WAIT_MILLIS) > 0) acceptAll();
            }
        } catch (RuntimeException e) {
            LOG.error("event=rendezvous-failed reason=\"{}\"", e.getMessage(), e);
        }
    }

    private void acceptAll() {
        try {
            PeerAnswer now = offering ? PeerAnswer.BUSY : role.answer();
            PeerLink link = rendezvous.accept(now == PeerAnswer.OWNER ? null : NOT_OWNER + now);
            if (link == null) return;
            arrived.add(link);
            wake.run();
        } catch (LinkException e) {
            LOG.debug("event=joiner-refused reason=\"{}\"", e.getMessage());
        }
    }
}
