package dev.ftcp.xen.link;

import dev.ftcp.core.ring.RegionLayout;
import org.jspecify.annotations.Nullable;

/**
 * What two daemons must agree on before they share memory.
 *
 * @param service name of the protected service
 * @param configDigest digest of the configuration: both hosts use the same
 * @param protocolVersion version of the rendezvous
 * @param layoutVersion version of region and records, {@link RegionLayout#VERSION}
 */
public record Hello(String service, String configDigest, int protocolVersion, int layoutVersion) {
    /** Version of the rendezvous that this code speaks. */
    public static final int PROTOCOL_VERSION = 1;

    /** What this version says. */
    public static Hello of(String service, String configDigest) {
        return new Hello(service, configDigest, PROTOCOL_VERSION, RegionLayout.VERSION);
    }

    /** Why the peer can't be paired with, in words for its operator; null if it can. */
    public @Nullable String mismatch(Hello peer) {
        if (protocolVersion != peer.protocolVersion)
            return differs(
                    "protocol version", protocolVersion, peer.protocolVersion, "install the same ftcp on both hosts");
        if (layoutVersion != peer.layoutVersion)
            return differs("layout version", layoutVersion, peer.layoutVersion, "install the same ftcp on both hosts");
        if (!service.equals(peer.service))
            return differs("service", service, peer.service, "give each service a link directory of its own");
        if (!configDigest.equals(peer.configDigest))
            return differs("configuration", configDigest, peer.configDigest, "copy the same file to both hosts");
        return null;
    }

    private static String differs(String what, Object mine, Object other, String fix) {
        return what + " differs: owner has " + mine + ", joiner has " + other + "; " + fix;
    }
}
