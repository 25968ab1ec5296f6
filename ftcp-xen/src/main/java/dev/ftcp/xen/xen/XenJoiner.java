package dev.ftcp.xen.xen;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionException;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.Message;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.SyscallException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The owner's view of a standby that offers its region. Believes nothing that it reads. One thread. */
final class XenJoiner implements AutoCloseable {
    private final XenStore store;
    private final String offer;
    private final Ticket ticket;
    private final String self;
    private final String peer;
    private final Parts parts;
    private final EventChannel channel;
    private final ControlPage control;

    private XenJoiner(
            XenStore store, String offer, Ticket ticket, String self, String peer, Parts made, EventChannel channel) {
        this.store = store;
        this.offer = offer;
        this.ticket = ticket;
        this.self = self;
        this.peer = peer;
        this.channel = channel;
        GrantMap page = made.add(GrantMap.page(ticket.domid(), ticket.page(), ControlPage.MAPPER, channel.port()));
        control = new ControlPage(page.buffer());
        parts = made.handOver();
    }

    /**
     * Meets whoever published {@code ticket} at {@code offer}.
     *
     * @return null if it is gone already
     */
    static @Nullable XenJoiner meet(XenStore store, String offer, Ticket ticket, String self, String peer) {
        try (Parts parts = new Parts()) {
            EventChannel channel = parts.add(EventChannel.bind(ticket.domid(), ticket.port()));
            XenJoiner joiner = new XenJoiner(store, offer, ticket, self, peer, parts, channel);
            if (joiner.control.nonce() == ticket.nonce() && !joiner.gone()) return joiner;
            joiner.close();
            return null;
        } catch (SyscallException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ESRCH) return null;
            throw e;
        }
    }

    /** Readable when it has taken a step. */
    int fd() {
        return channel.fd();
    }

    /** Takes the event that made {@link #fd} readable. */
    void heard() {
        channel.take();
    }

    boolean gone() {
        return !control.lives(ControlPage.SHARER);
    }

    /**
     * Takes the next step with it.
     *
     * @return the link if this was the last one, else null
     * @throws LinkException REFUSED if it was refused, or offered what cannot be used; it was told, and this is closed
     */
    @Nullable
    PeerLink step(Hello hello, @Nullable String refusal) throws LinkException {
        try {
            if (control.offered() == 0) return null;
            String objection = Message.decode(control.offerMessage()).objection(peer, hello);
            if (objection != null) throw new IllegalArgumentException(objection);
            if (refusal != null) throw new IllegalArgumentException(refusal);
            if (control.offered() == ControlPage.REGION) return map();
            control.mapped();
            answer(ControlPage.GO_ON);
            return null;
        } catch (IllegalArgumentException | IllegalStateException | RegionException | SyscallException e) {
            control.answer(ControlPage.REFUSED, Message.refused(self, String.valueOf(e.getMessage())));
            channel.raise();
            close();
            throw new LinkException(Reason.REFUSED, "joiner refused: " + e.getMessage(), e);
        }
    }

    /** Forgets it; what was mapped is given back. */
    @Override
    public void close() {
        parts.close();
    }

    private PeerLink map() {
        GrantMap pages = parts.add(GrantMap.pages(ticket.domid(), refs()));
        Region region = Region.open(pages.buffer());
        PeerLink link = new XenLink(parts, channel, control, ControlPage.MAPPER, region, ticket.domid(), peer);
        control.answer(ControlPage.MAPPED, Message.accepted(self));
        channel.raise();
        return link;
    }

    private void answer(long verdict) {
        if (control.answered() >= verdict) return;
        control.answer(verdict);
        channel.raise();
    }

    private int[] refs() {
        int[] refs = new int[GrantLimits.MAX_PAGES];
        int n = 0;
        String list = store.read(XenStorePaths.refs(offer, 0));
        for (int k = 1; list != null; k++) {
            for (String ref : list.split(" ", -1)) {
                if (n == refs.length)
                    throw new IllegalArgumentException("more than " + refs.length + " pages; make link.size smaller");
                refs[n++] = Integer.parseInt(ref);
            }
            list = store.read(XenStorePaths.refs(offer, k));
        }
        if (n == 0) throw new IllegalArgumentException("a region without pages is offered");
        return Arrays.copyOf(refs, n);
    }
}
