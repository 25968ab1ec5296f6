package dev.ftcp.daemon.takeover;

import java.net.InetAddress;
import java.util.List;

/** The service's addresses on this host's interface, as a takeover needs them. Core loop only. */
public interface ServiceAddresses {
    /** All of them. */
    List<InetAddress> vips();

    /** Tells the network that they are here. */
    void announce();

    /** Brings one up; when this returns, this host's TCP answers there. */
    void up(InetAddress vip);
}
