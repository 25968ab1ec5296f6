package dev.ftcp.xen.bpf;

/** What the programs count, in the order of {@code struct ft_cfg} in wrap.h. */
public enum GateCounter {
    /** Records that went into the ring. */
    CAPTURED,
    /** Frames that did not pass because the ring had no room for them. */
    CAPTURE_FULL_DROPS,
    /** Frames from the VIP that the gate kept back because it was closed or the lease had run out. */
    LEASE_DROPS,
    /** ARP and neighbour advertisements for the VIP kept back for the same reason. */
    ARP_DROPS,
    /** Segments of connections without a slot that did not pass. */
    UNKNOWN_DROPS,
    /** Frames that cannot be followed: fragments, IP options, wrong IP checksum, extension headers, VLAN, SYN with data. In OPEN they pass, and count. */
    ODD_DROPS,
    /** FINs and RSTs of dying sockets. */
    SWALLOWED,
    /** Pure ACKs that said nothing that may be said yet. */
    HELD,
    /** Segments that left with a lower ACK. */
    CLAMPED,
    /** SYN-ACKs that wait for the daemon. */
    SYNACK_HELD,
    /** Segments to the VIP with a wrong TCP checksum. */
    CHECKSUM_DROPS,
    /** Other frames of the service that wait for the daemon. */
    OUTPUT_HELD,
    /** Connections at a backend whose service died by a signal. */
    BACKEND_KILLS,
    /** Listening sockets of the service that ended because it died by a signal, or exited with a status other than 0. */
    LISTENER_DEATHS,
    /** Connections at a backend whose service exited with a status other than 0. */
    BACKEND_FAILURES,
    /** What became of sockets of the service, and found no room in the ring. */
    NOTES_LOST
}
