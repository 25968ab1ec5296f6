package dev.ftcp.xen.xen;

import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.link.Arbiter;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.Message;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Rendezvous;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Exclusive;
import dev.ftcp.xen.linux.SyscallException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Rendezvous} of two guests, in xenstore: {@link XenStorePaths} shows where. The guests are found through what dom0 says of them, and
 * found again when one was re-created. {@link #accept} belongs to one thread; {@link #join} may be called by another one meanwhile.
 *
 * <pre>
 *   joiner                                owner
 *   offer, knocks at the owner's port ──▶ maps the control page, reads the offer
 *                            ◀── go on, or a refusal with its reason
 *   shares its region, publishes ───────▶ maps it
 *                            ◀── accepted
 * </pre>
 */
public final class XenRendezvous implements Rendezvous {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long STORE = 0, KNOCK = 1, JOINER = 2;
    private static final int SOURCES = 3;

    private final Parts parts;
    private final XenStore store;
    private final XenStorePaths paths;
    private final int me;
    private final long nonce;
    private final String self;
    private final String peer;
    private final Hello hello;
    private final Listener listener;
    private final Epoll epoll;
    private @Nullable XenJoiner joiner;
    private long lastJoiner;
    private boolean closed;

    private XenRendezvous(Parts made, XenStore store, XenStorePaths paths, String self, String peer, Hello hello) {
        this.store = store;
        this.paths = paths;
        this.self = self;
        this.peer = peer;
        this.hello = hello;
        me = store.domid();
        nonce = RANDOM.nextLong();
        store.watch(XenStorePaths.TOLD);
        listener = made.add(new Listener(store, paths, me, nonce));
        epoll = made.add(new Epoll(SOURCES));
        epoll.add(store.fd(), STORE);
        listen();
        parts = made.handOver();
    }

    /**
     * Starts to listen as {@code self}.
     *
     * @param self name of this daemon's host
     * @param peer name of the other one
     * @param hello what both must agree on; its service names the place
     * @throws LinkException LOCAL if this is no Xen guest, dom0 has not prepared the pair, or another daemon of the service runs here
     */
    public static XenRendezvous open(String self, String peer, Hello hello) throws LinkException {
        if (self.equals(peer)) throw new IllegalArgumentException("both daemons are called " + self);
        try (Parts parts = new Parts()) {
            XenLibraries.load();
            parts.add(new Exclusive("ftcp/xen/" + hello.service()));
            XenStore store = parts.add(XenStore.open());
            XenStorePaths paths = XenStorePaths.find(store, hello.service());
            if (paths == null)
                throw new LinkException(
                        Reason.LOCAL,
                        "dom0 has not prepared this guest: nothing at ftcp in its xenstore directory; run in dom0:"
                                + " scripts/xen-pair SERVICE-GUEST STANDBY-GUEST");
            return new XenRendezvous(parts, store, paths, self, peer, hello);
        } catch (SyscallException e) {
            throw new LinkException(
                    Reason.LOCAL,
                    e.errno() == Errno.EADDRINUSE
                            ? "another daemon of service " + hello.service() + " runs in this guest; stop it"
                            : "cannot use Xen's interfaces: " + e.getMessage() + "; see ftcpd --probe",
                    e);
        } catch (LinkageError e) {
            throw new LinkException(
                    Reason.LOCAL,
                    "a library of Xen cannot be loaded: " + e.getMessage()
                            + "; install libxenstore4, libxenevtchn1, libxengnttab1 (Debian)",
                    e);
        }
    }

    @Override
    public int fd() {
        return epoll.fd();
    }

    @Override
    public @Nullable PeerLink accept(@Nullable String refusal) throws LinkException {
        if (closed) throw new IllegalStateException("the rendezvous is closed");
        try {
            if (!takeEvents()) return null;
            meet();
            XenJoiner now = joiner;
            if (now == null) return null;
            if (now.gone()) {
                forget();
                return null;
            }
            return step(now, refusal);
        } catch (SyscallException | IllegalStateException e) {
            forget();
            throw new LinkException(Reason.BROKEN, "the joiner offered what cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public PeerLink join(RegionSpec spec) throws LinkException {
        if (closed) throw new IllegalStateException("the rendezvous is closed");
        return hello.offer(h -> offer(h, spec));
    }

    private PeerLink offer(Hello said, RegionSpec spec) throws LinkException {
        try {
            Presence presence = Presence.of(store, paths, me);
            Ticket owner = presence.ticket();
            if (owner == null) throw unreachable(presence.state());
            long offer = RANDOM.nextLong();
            return new XenOffer(store, paths, me, peer, owner)
                    .make(Message.offer(self, said, Long.toHexString(offer)), offer, spec);
        } catch (SyscallException | IllegalStateException e) {
            throw new LinkException(Reason.LOCAL, "cannot offer a region to " + peer + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Arbiter arbiter() {
        return new XenArbiter(store, paths, me, self, nonce);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        forget();
        parts.close();
    }

    private LinkException unreachable(Presence.State state) {
        return state == Presence.State.DEAD
                ? new LinkException(
                        Reason.NO_PEER, "no daemon called " + peer + " listens in the other guest; start it")
                : new LinkException(
                        Reason.TIMEOUT,
                        "the daemon of " + peer + " has not noticed yet that this guest was re-created; if it stays so:"
                                + " resume it or end it");
    }

    /** Takes every event that waits; whether there was one. */
    private boolean takeEvents() {
        boolean changed = false;
        boolean knocked = false;
        boolean heard = false;
        int ready = epoll.await(0);
        for (int i = 0; i < ready; i++) {
            long source = epoll.token(i);
            changed |= source == STORE;
            knocked |= source == KNOCK;
            heard |= source == JOINER;
        }
        // The peer may be another one after a change: what was heard from the old one goes first.
        EventChannel knocks = listener.knocks();
        if (heard && joiner != null) joiner.heard();
        if (knocked && knocks != null) knocks.take();
        if (changed && store.changed()) listen();
        return ready > 0;
    }

    /** Opens the door to the peer that dom0 names now. Its old one's descriptor leaves the epoll set as it is closed. */
    private void listen() {
        if (!listener.refresh()) return;
        forget();
        EventChannel knocks = listener.knocks();
        if (knocks != null) epoll.add(knocks.fd(), KNOCK);
    }

    /** Whoever offers something now, if it is not the same as before. */
    private void meet() {
        Ticket ticket = Ticket.parse(readOffer());
        if (ticket == null || ticket.nonce() == lastJoiner) return;
        if (ticket.domid() != listener.peer() || ticket.peer() != me) return;
        forget();
        lastJoiner = ticket.nonce();
        joiner = XenJoiner.meet(store, paths.peersOffer(), ticket, self, peer);
        if (joiner != null) epoll.add(joiner.fd(), JOINER);
    }

    private @Nullable String readOffer() {
        try {
            return store.read(paths.peersOffer());
        } catch (SyscallException e) {
            if (e.errno() == Errno.EACCES) return null; // for an earlier life of this guest
            throw e;
        }
    }

    private @Nullable PeerLink step(XenJoiner now, @Nullable String refusal) throws LinkException {
        epoll.remove(now.fd());
        boolean over = true;
        try {
            PeerLink link = now.step(hello, refusal);
            over = link != null;
            return link;
        } finally {
            if (over) joiner = null;
            else epoll.add(now.fd(), JOINER);
        }
    }

    private void forget() {
        if (joiner == null) return;
        XenJoiner old = joiner;
        joiner = null;
        old.close(); // its descriptor leaves the epoll set by itself
    }
}
