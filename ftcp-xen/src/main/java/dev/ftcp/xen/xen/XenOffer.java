package dev.ftcp.xen.xen;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.Message;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.SyscallException;
import java.nio.ByteBuffer;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;

/**
 * The standby's side of a rendezvous: introduces itself on a control page, and when the owner says go on, makes the region and publishes its
 * grants. In two steps because a region is thousands of pages, and most who ask are refused: they look for each other several times a second.
 */
final class XenOffer {
    /** An owner that has just started may be loading code, and maps a large region for some hundred milliseconds. */
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final XenStore store;
    private final XenStorePaths paths;
    private final int me;
    private final String peerName;
    private final Ticket owner;

    /**
     * An offer to a daemon that lives.
     *
     * @param owner what it has published
     */
    XenOffer(XenStore store, XenStorePaths paths, int me, String peerName, Ticket owner) {
        this.store = store;
        this.paths = paths;
        this.me = me;
        this.peerName = peerName;
        this.owner = owner;
    }

    PeerLink make(ByteBuffer offer, long nonce, RegionSpec spec) throws LinkException {
        try (Parts parts = new Parts()) {
            EventChannel channel = parts.add(EventChannel.listen(owner.domid()));
            GrantShare controlPage = parts.add(GrantShare.page(owner.domid(), ControlPage.SHARER, channel.port()));
            ControlPage control = new ControlPage(controlPage.buffer());
            control.open(nonce);
            control.offer(offer);
            store.publish(paths.ownOffer(), me, owner.domid());
            store.write(
                    paths.ownOffer(),
                    new Ticket(me, owner.domid(), controlPage.refs()[0], nonce, channel.port()).text());
            try (EventChannel knock = knock()) {
                knock.raise();
                awaitAnswer(channel, control, ControlPage.GO_ON);
                GrantShare pages = parts.add(GrantShare.pages(owner.domid(), spec.totalBytes() / GrantLimits.PAGE));
                Region region = Region.create(pages.buffer(), spec);
                publish(pages.refs());
                control.offer(ControlPage.REGION);
                channel.raise();
                awaitAnswer(channel, control, ControlPage.MAPPED);
                return new XenLink(parts, channel, control, ControlPage.SHARER, region, owner.domid(), peerName);
            }
        } finally {
            withdraw();
        }
    }

    private void withdraw() {
        try {
            store.remove(paths.ownOffer());
        } catch (SyscallException e) {
            // What it points at is gone or taken; the next offer, or the next daemon, removes it.
        }
    }

    private EventChannel knock() throws LinkException {
        try {
            return EventChannel.bind(owner.domid(), owner.port());
        } catch (SyscallException e) {
            throw new LinkException(Reason.BROKEN, peerName + " went away just now: " + e.getMessage(), e);
        }
    }

    private void publish(int[] refs) {
        for (int k = 0; k * XenStorePaths.REFS_PER_NODE < refs.length; k++) {
            StringJoiner list = new StringJoiner(" ");
            int end = Math.min(refs.length, (k + 1) * XenStorePaths.REFS_PER_NODE);
            for (int i = k * XenStorePaths.REFS_PER_NODE; i < end; i++) list.add(Integer.toString(refs[i]));
            store.write(XenStorePaths.refs(paths.ownOffer(), k), list.toString());
        }
    }

    private void awaitAnswer(EventChannel channel, ControlPage control, long wanted) throws LinkException {
        long deadline = System.nanoTime() + ANSWER_NANOS;
        boolean seen = wanted != ControlPage.GO_ON; // its byte was set before its first answer
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(channel.fd(), 0);
            while (true) {
                boolean lives = control.lives(ControlPage.MAPPER);
                long verdict = control.answered();
                if (verdict == ControlPage.REFUSED) throw refused(control);
                if (verdict >= wanted) break;
                if (seen && !lives) throw new LinkException(Reason.BROKEN, peerName + " went away without an answer");
                seen |= lives;
                long left = deadline - System.nanoTime();
                if (left <= 0)
                    throw new LinkException(
                            Reason.TIMEOUT, peerName + " listens but does not answer; is its daemon stuck?");
                if (epoll.await((int) TimeUnit.NANOSECONDS.toMillis(left) + 1) > 0) channel.take();
            }
        }
        if (wanted == ControlPage.MAPPED) Message.requireAccepted(control.answerMessage(), peerName);
    }

    private LinkException refused(ControlPage control) {
        try {
            Message.requireAccepted(control.answerMessage(), peerName);
            return new LinkException(Reason.BROKEN, peerName + " refused and gave no reason");
        } catch (LinkException e) {
            return e;
        }
    }
}
