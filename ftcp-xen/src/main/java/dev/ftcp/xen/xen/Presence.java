package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.SyscallException;
import org.jspecify.annotations.Nullable;

/**
 * Whether the peer's daemon lives, from the page that it shares as long as it does: its kernel takes it back when the process ends, however it
 * ends. A daemon or guest that hangs lives.
 *
 * @param state what is known
 * @param ticket where it can be reached; null unless it lives
 */
record Presence(State state, @Nullable Ticket ticket) {
    /** What is known. */
    enum State {
        /** It does not run: never started since its guest was created, ended in order, or its page is gone. */
        DEAD,
        /** It runs. */
        ALIVE,
        /** It may run: what it has published is for an earlier life of this guest, or dom0 does not name its guest now. */
        UNKNOWN
    }

    static final Presence DEAD = new Presence(State.DEAD, null), UNKNOWN = new Presence(State.UNKNOWN, null);

    /**
     * Looks.
     *
     * @param me this domain
     * @throws SyscallException if that failed: nothing is known then either
     */
    static Presence of(XenStore store, XenStorePaths paths, int me) {
        Integer peer = XenStorePaths.peer(store);
        Ticket ticket;
        try {
            ticket = Ticket.parse(store.read(paths.peersListen()));
        } catch (SyscallException e) {
            if (e.errno() == Errno.EACCES) return UNKNOWN;
            throw e;
        }
        // Also when its guest has ended: xenstored removes a guest's nodes with the guest.
        if (ticket == null) return DEAD;
        if (peer == null || ticket.domid() != peer || ticket.peer() != me) return exists(ticket) ? UNKNOWN : DEAD;
        return pageOf(ticket);
    }

    /** Whether Xen knows the domain; one that is being destroyed still counts. */
    private static boolean exists(Ticket ticket) {
        try (EventChannel channel = EventChannel.bind(ticket.domid(), ticket.port())) {
            return channel.port() >= 0;
        } catch (SyscallException e) {
            return e.errno() != Errno.ESRCH;
        }
    }

    private static Presence pageOf(Ticket ticket) {
        try (GrantMap map = GrantMap.look(ticket.domid(), ticket.page())) {
            ControlPage page = new ControlPage(map.buffer());
            boolean lives = page.nonce() == ticket.nonce() && page.lives(ControlPage.SHARER);
            return lives ? new Presence(State.ALIVE, ticket) : DEAD;
        } catch (SyscallException e) {
            if (e.errno() == Errno.EINVAL) return DEAD; // no such grant any more
            throw e;
        }
    }
}
