package dev.ftcp.core.role;

import dev.ftcp.core.config.Timing;

/** The machine's part from a copy that is being made to a takeover that may begin. Not thread-safe. */
final class Standby {
    /** The copy is worth nothing any more. */
    @FunctionalInterface
    interface Restart {
        void because(String why, long now);
    }

    private final Timing timing;
    private final RolePort port;
    private final RoleState at;
    private final Restart restart;
    private long beat;
    private long beatSeen;
    private long promotedAt;

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
        beat = port.peerBeat();
        beatSeen = now;
        at.become(Role.STANDBY, "the copy is complete", now);
    }

    /** STANDBY: whether the owner lives. */
    void watch(long now) {
        at.nextTick = now + timing.heartbeatNanos();
        long current = port.peerBeat();
        if (port.pairedEpoch() != at.epoch) {
            restart.because("the owner went on alone; the copy is stale", now);
        } else if (current != beat) {
            beat = current;
            beatSeen = now;
        } else if (now - beatSeen >= timing.detectNanos()) {
            promote("no heartbeat for " + (now - beatSeen) / 1_000_000L + " ms", now);
        }
    }

    /** Takes the ownership, unless the owner has made the copy worthless. */
    void promote(String why, long now) {
        if (!port.promote(at.epoch)) {
            restart.because("the owner went on alone; the copy is stale", now);
            return;
        }
        // Not `now`: this thread may have been stopped since then, and the owner have extended its lease meanwhile.
        promotedAt = port.now();
        at.epoch++;
        at.become(Role.TAKEOVER, why, promotedAt);
        port.prepareTakeover();
        awaitLease(promotedAt);
    }

    /** TAKEOVER: whether the old owner is silent. */
    void awaitLease(long now) {
        long over = promotedAt + timing.leaseNanos();
        at.nextTick = over;
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
