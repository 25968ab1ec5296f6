package dev.ftcp.xen.xen;

import org.jspecify.annotations.Nullable;

/**
 * What a daemon has open for its peer as long as it runs: a page that proves its life, and a port to knock at. Both are for one domid, and made
 * anew when the peer has another one. One thread.
 */
final class Listener implements AutoCloseable {
    private final XenStore store;
    private final XenStorePaths paths;
    private final int me;
    private final long nonce;
    private int peer = -1;
    private @Nullable GrantShare page;
    private @Nullable EventChannel knocks;

    /** Publishes nothing yet, and removes what an earlier daemon of this guest left. */
    Listener(XenStore store, XenStorePaths paths, int me, long nonce) {
        this.store = store;
        this.paths = paths;
        this.me = me;
        this.nonce = nonce;
        store.remove(paths.own());
    }

    /**
     * Whether the peer has become another one, and everything was made for it. What was made for a peer that does not exist any more stays until
     * there is a new one: without a ticket, this daemon would count as dead.
     */
    boolean refresh() {
        Integer next = XenStorePaths.peer(store);
        if (next == null || next == peer) return false;
        GrantShare oldPage = page;
        EventChannel oldKnocks = knocks;
        publish(next);
        peer = next;
        // The old ones last: until then whoever reads the old ticket finds this daemon alive.
        if (oldPage != null) oldPage.close();
        if (oldKnocks != null) oldKnocks.close();
        return true;
    }

    /** The peer that this is for; −1 before there was one. */
    int peer() {
        return peer;
    }

    /** Where the peer knocks, or null before there was one. */
    @Nullable
    EventChannel knocks() {
        return knocks;
    }

    @Override
    public void close() {
        // The ticket goes first: what it points at is there as long as it can be read.
        try {
            store.remove(paths.own());
        } finally {
            if (page != null) page.close();
            if (knocks != null) knocks.close();
        }
    }

    private void publish(int next) {
        EventChannel fresh = EventChannel.listen(next);
        GrantShare share = null;
        try {
            GrantShare made = GrantShare.page(next, ControlPage.SHARER, -1);
            share = made;
            new ControlPage(made.buffer()).open(nonce);
            String text = new Ticket(me, next, made.refs()[0], nonce, fresh.port()).text();
            // Removed and made in one: a node keeps the permissions that it had, and they are the old peer's.
            store.transact(t -> {
                t.remove(paths.ownListen());
                t.write(paths.ownListen(), text);
                t.permit(paths.ownListen(), me, next);
                return text;
            });
            page = share;
            knocks = fresh;
        } catch (RuntimeException e) {
            fresh.close();
            if (share != null) share.close();
            throw e;
        }
    }
}
