package dev.ftcp.xen.link;

/** What a link has to tell when it is polled. */
public enum Signal {
    /** Nothing. */
    NONE,
    /** The peer rang: there may be records. */
    DOORBELL,
    /**
     * The peer's end of the link was closed, by its kernel if need be: its daemon is gone. What it published stays readable. Returned by every
     * later poll too.
     */
    PEER_GONE
}
