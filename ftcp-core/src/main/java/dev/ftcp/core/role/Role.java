package dev.ftcp.core.role;

/**
 * What a daemon is at the moment; the verdict that operators see.
 *
 * <pre>
 *            owner found                   paired              peer silent or dead, promoted
 *  STARTING ─────────────▶ JOINING ──────────────▶ STANDBY ──────────────────────▶ TAKEOVER
 *     │  ▲ ◀──────────────── │ peer gone ◀─────────── │ detached                       │ lease over, restored
 *     │  │ no owner: claim, probe                                                      ▼
 *     └──┴─────────────────────────────────────────────────────────────────────▶ UNPROTECTED ◀─┐
 *                                                                       peer joins  │          │ peer gone or stalled:
 *    FENCED ◀────── peer was promoted ────── PROTECTED ◀──── all is over ── SYNCING ◀┘          │ detached
 *   (then as STARTING)                        │  └──────────────────────────────────────────────▶│
 *       ▲                          switchover ▼                                                  │
 *       └────────── peer was promoted ────── HANDOVER ────────── peer gone, or did not take ─────┘
 * </pre>
 */
public enum Role {
    /** Looks for a live owner to join; if there is none, claims the service address. */
    STARTING(false),
    /** Standby whose copy is not complete yet: not promotable. */
    JOINING(false),
    /** Standby with a complete copy: promotable. */
    STANDBY(false),
    /** Won the promotion; waits for the old owner's lease to run out, then restores the connections. */
    TAKEOVER(false),
    /** Owner alone. */
    UNPROTECTED(true),
    /** Owner that brings a standby up; alone until all of it is over there. */
    SYNCING(true),
    /** Owner with a promotable standby. */
    PROTECTED(true),
    /** Owner that gives the address to its standby: silent, waits for the standby's promotion, or goes on alone. */
    HANDOVER(true),
    /** Lost or gave up the ownership; silent, looks for the new owner to join it. */
    FENCED(false),
    /** Has left the pair; the daemon is about to exit. */
    STOPPED(false);

    private final boolean owner;

    Role(boolean owner) {
        this.owner = owner;
    }

    /** Whether a host in this role owns the service address. */
    public boolean isOwner() {
        return owner;
    }

    /**
     * What a daemon in this role tells a peer that asks whether it may join. Only a daemon that holds no copy that could be promoted
     * may call itself idle: the peer takes that as leave to claim the address.
     */
    public PeerAnswer answer() {
        if (owner) return PeerAnswer.OWNER;
        return this == STARTING || this == FENCED ? PeerAnswer.IDLE : PeerAnswer.BUSY;
    }
}
