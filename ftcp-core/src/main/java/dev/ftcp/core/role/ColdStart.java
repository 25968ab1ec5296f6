package dev.ftcp.core.role;

/**
 * How a daemon that owns nothing and holds nothing comes into the pair: join the owner if there is one, else claim the service address
 * at the arbiter and ask the network whether it is really free.
 */
final class ColdStart {
    /** What one step led to. */
    enum Step {
        /** Nothing to be had yet; {@link #reason} tells why. */
        WAIT,
        /** The peer owns the address and was offered a region. */
        JOIN
    }

    /** Interval between attempts to join or claim. */
    static final long RETRY_NANOS = 100_000_000L;

    /** Pause after another host answered for a service address, so that its own daemon may get the claim. */
    static final long CONFLICT_NANOS = 1_000_000_000L;

    /** How long the second host leaves the claim to the first after a start. */
    static final long GRACE_NANOS = 1_000_000_000L;

    private final boolean preferred;
    private final RolePort port;
    private long claimNotBefore;
    private long search;
    private boolean probing;
    private boolean claimed;
    private String reason = "starting";

    ColdStart(boolean preferred, RolePort port) {
        this.preferred = preferred;
        this.port = port;
    }

    /** The daemon starts. */
    void start(long now) {
        claimNotBefore = preferred ? now : now + GRACE_NANOS;
        begin();
    }

    /** A search begins: the daemon owns nothing and holds nothing from here. What the peer said before does not count. */
    void begin() {
        search++;
    }

    Step step(long now) {
        if (probing) return Step.WAIT;
        switch (port.join(search)) {
            case OWNER -> {
                return Step.JOIN;
            }
            case ABSENT -> claim("no peer", now);
            case IDLE -> claim("the peer does not own the address either", now);
            case SILENT -> reason = "the peer's daemon exists but does not answer: resume it or end it";
            case BUSY -> reason = "the peer holds a copy and may be taking over";
        }
        return Step.WAIT;
    }

    /** Whether the probe that ended was wanted, and found the address free: this host owns it. */
    boolean probed(boolean inUse, String who) {
        if (!probing) return false;
        probing = false;
        if (!inUse) return true;
        releaseClaim();
        reason = "service address is in use by " + who
                + "; its daemon must come back there, or the address must be removed";
        return false;
    }

    /** An owner by promotion gets the claim as soon as the old owner lets go of it. Whether it is held. */
    boolean holdClaim() {
        if (!claimed) claimed = port.tryClaim();
        return claimed;
    }

    void releaseClaim() {
        port.releaseClaim();
        claimed = false;
    }

    void abandon() {
        probing = false;
        claimed = false;
    }

    String reason() {
        return reason;
    }

    private void claim(String why, long now) {
        if (now < claimNotBefore) {
            reason = why + "; the preferred owner may claim first";
        } else if (holdClaim()) {
            probing = true;
            reason = why + "; asking the network whether the service address is free";
            port.probeAddresses();
        } else {
            reason = why + ", but the address claim is held elsewhere";
        }
    }
}
