package dev.ftcp.xen.link;

/** A link could not be made: why, and what to do about it. */
public final class LinkException extends Exception {
    /** What kind of failure it was, for decisions. */
    public enum Reason {
        /** Nobody listens: the peer's daemon doesn't run. */
        NO_PEER,
        /** The two daemons don't fit: other service, configuration or version. */
        REFUSED,
        /** The owner does not speak the version in which it was asked; it may speak the one before. */
        OTHER_VERSION,
        /** The peer didn't answer in time. */
        TIMEOUT,
        /** The peer said or offered what it must not, or died meanwhile. */
        BROKEN,
        /** This side's resources: directory, memory, descriptors, or another daemon of the same name. */
        LOCAL
    }

    private static final long serialVersionUID = 1L;
    private final Reason reason;

    /** With what failed, where and why. */
    public LinkException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** As above, with the cause. */
    public LinkException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What kind of failure it was. */
    public Reason reason() {
        return reason;
    }
}
