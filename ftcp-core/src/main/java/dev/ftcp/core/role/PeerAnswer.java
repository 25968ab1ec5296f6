package dev.ftcp.core.role;

/** What is known of the peer's daemon. */
public enum PeerAnswer {
    /** Proof that no daemon runs there: nothing listens at its end of the link. */
    ABSENT,
    /** A daemon exists, but has not answered (yet): it may be stopped in the middle of a takeover. */
    SILENT,
    /** It answered that it owns nothing, and holds no copy. */
    IDLE,
    /** It answered that it holds, or is getting, a copy that may be promoted. */
    BUSY,
    /** It answered that it owns the service address. */
    OWNER
}
