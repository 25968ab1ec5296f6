package dev.ftcp.core.config;

import org.jspecify.annotations.Nullable;

/**
 * The two hosts in the order of the file.
 *
 * @param first becomes the owner when both start at once
 * @param second waits a short grace before it claims the service address
 */
public record HostPair(Host first, Host second) {
    /** Refuses two hosts of one name. */
    public HostPair {
        if (first.name().equals(second.name())) {
            throw new IllegalArgumentException("hosts: both are named '" + first.name() + "'");
        }
    }

    /** The host of that name, or null. */
    public @Nullable Host find(String name) {
        if (first.name().equals(name)) return first;
        return second.name().equals(name) ? second : null;
    }

    /** The other host. */
    public Host peerOf(Host host) {
        return host.equals(first) ? second : first;
    }
}
