package dev.ftcp.xen.xen;

import dev.ftcp.xen.link.Arbiter;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.SyscallException;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Arbiter} for two guests: a node that dom0 has made for both. A claim is worth as much as the life of the daemon that made it, which its
 * {@link Listener} proves.
 */
final class XenArbiter implements Arbiter {
    private final XenStore store;
    private final XenStorePaths paths;
    private final int me;
    private final Claim own;

    /** What stands in the node. */
    private record Claim(String host, String nonce) {
        static @Nullable Claim parse(@Nullable String text) {
            int blank = text == null ? -1 : text.indexOf(' ');
            return text == null || blank < 1 ? null : new Claim(text.substring(0, blank), text.substring(blank + 1));
        }

        String text() {
            return host + " " + nonce;
        }
    }

    /**
     * Claims nothing yet.
     *
     * @param nonce of this daemon's listener, which lives longer than this object
     */
    XenArbiter(XenStore store, XenStorePaths paths, int me, String self, long nonce) {
        this.store = store;
        this.paths = paths;
        this.me = me;
        this.own = new Claim(self, Long.toHexString(nonce));
    }

    @Override
    public boolean tryClaim() {
        Claim seen;
        try {
            seen = read();
        } catch (SyscallException e) {
            // It was made before this guest was, and dom0 has not opened it to this one yet.
            if (e.errno() == Errno.EACCES) return false;
            throw e;
        }
        if (own.equals(seen)) return true;
        if (seen != null && !isVoid(seen)) return false;
        // Only in the place of the very claim that was found to be void.
        return store.transact(t -> {
            Claim now = Claim.parse(t.read(paths.claim()));
            if (now != null && !now.equals(seen)) return false;
            t.write(paths.claim(), own.text());
            return true;
        });
    }

    @Override
    public void release() {
        try {
            store.transact(t -> {
                boolean held = own.equals(Claim.parse(t.read(paths.claim())));
                if (held) t.remove(paths.claim());
                return held;
            });
        } catch (SyscallException e) {
            // Not this guest's to change, for now: then the claim is void at the latest when this daemon has ended.
            if (e.errno() != Errno.EACCES) throw e;
        }
    }

    @Override
    public String holder() {
        Claim claim = read();
        return claim == null ? "" : claim.host;
    }

    @Override
    public void close() {
        release();
    }

    private @Nullable Claim read() {
        return Claim.parse(store.read(paths.claim()));
    }

    /** Whether the daemon that made the claim is proved dead. */
    private boolean isVoid(Claim claim) {
        // This guest's own name: of an earlier daemon, for two cannot run at a time.
        if (claim.host.equals(own.host)) return true;
        try {
            Presence peer = Presence.of(store, paths, me);
            Ticket ticket = peer.ticket();
            // One that lives may still be another one than the one that claimed.
            return ticket == null
                    ? peer.state() == Presence.State.DEAD
                    : !Long.toHexString(ticket.nonce()).equals(claim.nonce);
        } catch (SyscallException e) {
            return false; // not proved
        }
    }
}
