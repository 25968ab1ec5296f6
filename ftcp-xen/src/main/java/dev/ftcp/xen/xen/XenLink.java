package dev.ftcp.xen.xen;

import dev.ftcp.core.ring.Region;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Signal;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.EventFd;

/**
 * A {@link PeerLink} between two guests: granted pages, and an event channel as doorbell. The peer is gone when its byte in the control page is
 * zero (its daemon ended; its kernel raises an event too) or when its domain is destroyed (xenstore tells, as far as dom0 lets it).
 */
final class XenLink implements PeerLink {
    private static final long CHANNEL = 0, STORE = 1, GONE = 2;
    private static final int SOURCES = 3;

    private final Parts parts;
    private final EventChannel channel;
    private final ControlPage control;
    private final int side;
    private final Region region;
    private final XenStore store;
    private final String life;
    private final boolean lifeSeen;
    private final String peerName;
    private final Epoll epoll;
    private final EventFd goneFd;
    private boolean gone;
    private boolean hostGone;
    private boolean closed;
    private long sent;
    private long received;

    /**
     * Takes {@code made} over, if nothing fails.
     *
     * @param made all that is to be closed: the channel, the control page, the region's pages
     * @param side of this daemon in {@code control}
     * @param peer domid
     */
    XenLink(Parts made, EventChannel channel, ControlPage control, int side, Region region, int peer, String peerName) {
        this.channel = channel;
        this.control = control;
        this.side = side;
        this.region = region;
        this.peerName = peerName;
        store = made.add(XenStore.open());
        life = XenStorePaths.lifeOf(peer);
        store.watch(XenStorePaths.DOMAIN_ENDED);
        store.watch(life);
        lifeSeen = store.readable(life);
        goneFd = made.add(new EventFd());
        epoll = made.add(new Epoll(SOURCES));
        epoll.add(channel.fd(), CHANNEL);
        epoll.add(store.fd(), STORE);
        epoll.add(goneFd.fd(), GONE);
        parts = made.handOver();
    }

    @Override
    public Region region() {
        return region;
    }

    @Override
    public String peerName() {
        return peerName;
    }

    @Override
    public int fd() {
        return epoll.fd();
    }

    @Override
    public Signal poll() {
        requireOpen();
        boolean rung = false;
        int ready = epoll.await(0);
        for (int i = 0; i < ready; i++) {
            long source = epoll.token(i);
            if (source == CHANNEL) {
                channel.take();
                rung = true;
            } else if (source == STORE && store.changed() && lifeSeen && !store.readable(life)) {
                hostGone = true;
            }
        }
        // After the event: the byte is zero before it is raised.
        if (!gone && (hostGone || !control.lives(peersSide()))) {
            gone = true;
            goneFd.raise();
        }
        if (rung) received++;
        return gone ? Signal.PEER_GONE : rung ? Signal.DOORBELL : Signal.NONE;
    }

    @Override
    public boolean hostGone() {
        return hostGone;
    }

    @Override
    public void ringDoorbell() {
        requireOpen();
        channel.raise();
        sent++;
    }

    @Override
    public long doorbellsSent() {
        return sent;
    }

    @Override
    public long doorbellsReceived() {
        return received;
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        // No use of the region may begin once its memory goes; and the peer is told before, for its kernel holds back
        // what is mapped here.
        region.retire();
        control.leave(side);
        channel.raise();
        parts.close();
    }

    private int peersSide() {
        return side == ControlPage.SHARER ? ControlPage.MAPPER : ControlPage.SHARER;
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the link to " + peerName + " is closed");
    }
}
