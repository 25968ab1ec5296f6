package dev.ftcp.xen.link;

import dev.ftcp.core.ring.RegionLayout;
import org.jspecify.annotations.Nullable;

/**
 * What two daemons must agree on before they share memory. A joiner says it in the newest version that it speaks, and if the owner is older, in the
 * one before; an owner agrees to any version that it speaks itself. So hosts are upgraded one after the other.
 *
 * @param service name of the protected service
 * @param configDigest digest of the configuration, as this version makes it: both hosts use the same
 * @param protocolVersion version of the rendezvous
 * @param layoutVersion version of region and records, {@link RegionLayout#VERSION}
 * @param before the same for a peer of the version before, or null if there is none to be paired with
 */
public record Hello(
        String service,
        String configDigest,
        int protocolVersion,
        int layoutVersion,
        @Nullable Hello before) {
    /** Version of the rendezvous that this code speaks. */
    public static final int PROTOCOL_VERSION = 2;

    /** The version before: its digest depended on the names that the code gave to what was configured. */
    public static final int PROTOCOL_VERSION_BEFORE = 1;

    /** How every refusal for the version begins. Those of version 1 do too. */
    private static final String PROTOCOL = "protocol version", LAYOUT = "layout version", DIFFERS = " differs";

    /** What is said in one version only. */
    public Hello(String service, String configDigest, int protocolVersion, int layoutVersion) {
        this(service, configDigest, protocolVersion, layoutVersion, null);
    }

    /** What this version says, to peers of the same version only. */
    public static Hello of(String service, String configDigest) {
        return new Hello(service, configDigest, PROTOCOL_VERSION, RegionLayout.VERSION);
    }

    /**
     * What this version says.
     *
     * @param digestBefore digest of the same configuration as the version before makes it
     */
    public static Hello of(String service, String configDigest, String digestBefore) {
        Hello before = new Hello(service, digestBefore, PROTOCOL_VERSION_BEFORE, RegionLayout.VERSION);
        return new Hello(service, configDigest, PROTOCOL_VERSION, RegionLayout.VERSION, before);
    }

    /** An offer in one version. */
    @FunctionalInterface
    public interface Offering {
        /** Asks the owner; see {@link Rendezvous#join}. */
        PeerLink offer(Hello hello) throws LinkException;
    }

    /** Offers in this version, and then in the ones before, as long as it is the version for which the owner refuses. */
    public PeerLink offer(Offering to) throws LinkException {
        try {
            return to.offer(this);
        } catch (LinkException e) {
            if (e.reason() != LinkException.Reason.OTHER_VERSION || before == null) throw e;
            return before.offer(to);
        }
    }

    /** Why a joiner that says {@code peer} can't be paired with, in words for its operator; null if it can. */
    public @Nullable String mismatch(Hello peer) {
        if (protocolVersion != peer.protocolVersion) {
            if (before != null && peer.protocolVersion < protocolVersion) return before.mismatch(peer);
            return differs(PROTOCOL, protocolVersion, peer.protocolVersion, "upgrade one version at a time");
        }
        if (layoutVersion != peer.layoutVersion)
            return differs(LAYOUT, layoutVersion, peer.layoutVersion, "upgrade one version at a time");
        if (!service.equals(peer.service))
            return differs("service", service, peer.service, "give each service a link directory of its own");
        if (!configDigest.equals(peer.configDigest))
            return differs("configuration", configDigest, peer.configDigest, "copy the same file to both hosts");
        return null;
    }

    /** Whether a refusal is about the version, so that the one before may be accepted. */
    static boolean isOtherVersion(String refusal) {
        return refusal.contains(PROTOCOL + DIFFERS) || refusal.contains(LAYOUT + DIFFERS);
    }

    private static String differs(String what, Object mine, Object other, String fix) {
        return what + DIFFERS + ": owner has " + mine + ", joiner has " + other + "; " + fix;
    }
}
