package dev.ftcp.core.role;

import dev.ftcp.core.config.Timing;

/** The machine's part from a copy that is being made to a takeover that may begin. Not thread-safe. */
final class Standby {
    /** The copy is worth nothing any more. */
    @FunctionalInterface
    interface Restart {
        void because(String why, long now);
    }

    /** A program that saw the gate open has let its segment out by then. */
    static final long LAST_WORDS_NANOS = 1_000_000L;

    private static final long LISTEN_NANOS = 2_000_000L;

    private final Timing timing;
    private final RolePort port;
    private final RoleState at;
    private final Restart restart;
    private long beat;
    private long beatSeen;
    /** Whatever lease the owner's gate has was computed from a time before this. */
    private long grantedBefore;
    /** When the owner, which has said that its gate is closed, has said its last. */
    private long silentAt;

    Standby(Timing timing, RolePort port, RoleState at, Restart restart) {
        this.timing = timing;
        this.port = port;
        this.at = at;
        this.restart = restart;
    }

    /** When a new heartbeat was seen last. */
    long beatSeen() {
        return beatSeen;
    }

    /** JOINING: whether the copy is complete. */
    void awaitPairing(long now) {
        at.nextTick = now + timing.heartbeatNanos();
        long paired = port.pairedEpoch();
        if (paired == 0) return;
        at.epoch = paired;
        look(port.peerBeat());
        at.become(Role.STANDBY, "the copy is complete", now);
    }

    /** STANDBY: whether the owner lives. */
    void watch(long now) {
        at.nextTick = now + timing.heartbeatNanos();
        long current = port.peerBeat();
        if (port.pairedEpoch() != at.epoch) {
            restart.because("the owner went on alone; the copy is stale", now);
        } else if (current != beat) {
            look(current);
        } else if (now - beatSeen >= timing.detectNanos()) {
            promote("no heartbeat for " + (now - beatSeen) / 1_000_000L + " ms", now);
        }
    }

    /** Takes note of a heartbeat that was just read. In this order: the time from which a lease with it was computed is before {@link #beatSeen}. */
    private void look(long current) {
        beat = current;
        beatSeen = port.now();
    }

    /** Takes the ownership, unless the owner has made the copy worthless. */
    void promote(String why, long now) {
        if (!port.promote(at.epoch)) {
            restart.because("the owner went on alone; the copy is stale", now);
            return;
        }
        // After the word has changed: a lease that is still to come was asked for before that, with a heartbeat that
        // would show by now.
        boolean noBeatSince = port.peerBeatsFirst() && port.peerBeat() == beat;
        // Not `now`: this thread may have been stopped since then, and the owner have extended its lease meanwhile.
        long promotedAt = port.now();
        grantedBefore = noBeatSince ? beatSeen : promotedAt;
        silentAt = RoleState.NEVER;
        at.epoch++;
        at.become(Role.TAKEOVER, why, promotedAt);
        port.prepareTakeover();
        awaitLease(promotedAt);
    }

    /** TAKEOVER: whether the old owner is silent. */
    void awaitLease(long now) {
        if (silentAt == RoleState.NEVER && port.peerSilent()) silentAt = now + LAST_WORDS_NANOS;
        long over = Math.min(grantedBefore + timing.leaseNanos(), silentAt);
        at.nextTick = Math.min(over, now + LISTEN_NANOS);
        if (now >= over || port.peerHostGone()) execute();
    }

    /** The owner is silent, has said all, and offers the ownership with epoch {@code next}. */
    void handedOver(long next, long now) {
        if (at.role == Role.JOINING) awaitPairing(now);
        if (at.role == Role.STANDBY && next == at.epoch + 1) promote("switchover", now);
        // No lease to wait for: that gate was closed before this was written, and opens only on a word that is not
        // promoted.
        if (at.role == Role.TAKEOVER && next == at.epoch && at.nextTick != RoleState.NEVER) execute();
    }

    private void execute() {
        at.nextTick = RoleState.NEVER;
        port.executeTakeover(at.epoch);
    }
}
