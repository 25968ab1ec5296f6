package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.SyscallException;

/** Tries what the link needs and undoes it, one thing after the other. Each returns what was found, or says what failed by an exception. */
public final class XenTrials {
    private static final String PAIR = "run in dom0: scripts/xen-pair SERVICE-GUEST STANDBY-GUEST";

    private XenTrials() {}

    /** Loads the libraries; {@link LinkageError} if one is not there. */
    public static String libraries() {
        return XenLibraries.load();
    }

    /** Asks xenstore who this is. */
    public static String store() {
        try (XenStore store = XenStore.open()) {
            return "domain " + store.domid();
        }
    }

    /** Shares a page with dom0, for a moment. */
    public static String grant() {
        try (GrantShare share = GrantShare.page(0, ControlPage.SHARER, -1)) {
            return "a page was shared as grant " + share.refs()[0];
        }
    }

    /** Maps nothing: opens the device only. */
    public static String map() {
        try (GrantMap map = GrantMap.look(0, 0)) {
            return "mapped";
        } catch (SyscallException e) {
            if (e.errno() != Errno.EINVAL) throw e;
            return "opened";
        }
    }

    /** Makes an event channel that nobody binds to. */
    public static String event() {
        try (EventChannel channel = EventChannel.listen(0)) {
            return "port " + channel.port();
        }
    }

    /** Whether dom0 has prepared the pair, and this guest may write where it should. */
    public static String pair() {
        try (XenStore store = XenStore.open()) {
            XenStorePaths paths = XenStorePaths.find(store, "probe");
            if (paths == null)
                throw new IllegalStateException("nothing at ftcp in this guest's xenstore directory; " + PAIR);
            for (String path : new String[] {paths.own(), paths.claim()}) {
                store.write(path, "");
                store.remove(path);
            }
            Integer peer = XenStorePaths.peer(store);
            return paths.home() + ", peer " + (peer == null ? "not there" : "is domain " + peer);
        }
    }

    /** Whether this guest hears at once that its peer was destroyed. */
    public static String life() {
        try (XenStore store = XenStore.open()) {
            Integer peer = XenStorePaths.peer(store);
            if (peer == null) return "the peer is not there";
            if (!store.readable(XenStorePaths.lifeOf(peer)))
                throw new IllegalStateException(XenStorePaths.lifeOf(peer) + " cannot be read; " + PAIR);
            return XenStorePaths.lifeOf(peer);
        }
    }
}
