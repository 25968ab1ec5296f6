package dev.ftcp.xen.xen;

import org.jspecify.annotations.Nullable;

/**
 * Where two guests meet in xenstore. What stands left of a bar is made in dom0, by {@code scripts/xen-pair}, and kept true when a guest is
 * re-created with a new domid; what stands below SERVICE is made by the daemons and removed by xenstored with the guest that made it.
 *
 * <pre>
 *   /local/domain/ME/ftcp          | n0 rME             watched: anything new here is a new peer
 *       home     /ftcp/PAIR/GUEST  | n0 rME rPEER       where this guest publishes; goes as the guest does
 *       away     /ftcp/PAIR/OTHER  |                    where its peer does
 *       claims   /ftcp/PAIR/claims |                    where both may write
 *       peer     DOMID             |                    not there while the other guest is not; written last
 *   /ftcp/PAIR                     | n0 rA rB
 *       GUEST                      | n0 bGUEST rOTHER
 *           SERVICE/listen         : Ticket of a daemon that lives: the page proves it, the port is for knocking
 *           SERVICE/offer          : Ticket of a daemon that wants to join: its control page, and the port of the link
 *           SERVICE/offer/refs/K   : grants of its region, {@link #REFS_PER_NODE} each, in decimal
 *       claims                     | n0 bA bB
 *           SERVICE                : HOST NONCE of the daemon that may own the service address
 * </pre>
 *
 * @param home as above
 * @param away as above
 * @param claims as above
 * @param service name of the service; several share a pair of guests
 */
record XenStorePaths(String home, String away, String claims, String service) {
    /** What dom0 tells this guest, relative to its own {@code /local/domain/ME}. */
    static final String TOLD = "ftcp";
    /** The peer's domid. */
    static final String PEER = TOLD + "/peer";
    /** Event when any domain has ended, for guests that dom0 lets know. */
    static final String DOMAIN_ENDED = "@releaseDomain";
    /** A value may have 2048 bytes (xenstored's quota), a reference six digits and a blank. */
    static final int REFS_PER_NODE = 200;

    /**
     * Reads what dom0 has told this guest.
     *
     * @return null if it is not all there
     */
    static @Nullable XenStorePaths find(XenStore store, String service) {
        String home = store.read(TOLD + "/home");
        String away = store.read(TOLD + "/away");
        String claims = store.read(TOLD + "/claims");
        return home == null || away == null || claims == null ? null : new XenStorePaths(home, away, claims, service);
    }

    /** The peer's domid now, or null while it does not exist. */
    static @Nullable Integer peer(XenStore store) {
        String text = store.read(PEER);
        return text == null || text.isEmpty() ? null : Integer.valueOf(text);
    }

    /** A node that the peer's domain takes with it when it is destroyed, after its processors were stopped; dom0 lets this guest read it. */
    static String lifeOf(int peer) {
        return "/local/domain/" + peer + "/" + TOLD + "/home";
    }

    String own() {
        return home + "/" + service;
    }

    String ownListen() {
        return own() + "/listen";
    }

    String ownOffer() {
        return own() + "/offer";
    }

    String peersListen() {
        return away + "/" + service + "/listen";
    }

    String peersOffer() {
        return away + "/" + service + "/offer";
    }

    /** Node {@code k} of the references below an offer. */
    static String refs(String offer, int k) {
        return offer + "/refs/" + k;
    }

    String claim() {
        return claims + "/" + service;
    }
}
