package dev.ftcp.core.role;

import dev.ftcp.core.config.Timing;

/**
 * Who owns the service address: the state machine of one daemon. Events and time come in, actions go out to a {@link RolePort}.
 * The package tells why two hosts never speak at once.
 *
 * <p>Not thread-safe: one thread calls everything. {@code now} is always CLOCK_BOOTTIME in nanoseconds, read before the call.
 */
public final class RoleMachine {
    private static final long NEVER = Long.MAX_VALUE;

    private final Timing timing;
    private final RolePort port;
    private final ColdStart coldStart;

    private Role role = Role.STARTING;
    private String reason = "not started";
    private long since;
    private long epoch;
    private long nextTick = NEVER;
    private long leaseDeadline;
    private boolean serviceDown;
    private boolean stopping;
    private long beat;
    private long beatSeen;
    private long promotedAt;
    private long handoverDeadline;

    /**
     * A machine that has not started.
     *
     * @param timing heartbeat, lease and detection
     * @param preferred whether this is the host that should own the address when both start at once
     * @param port carries out
     */
    public RoleMachine(Timing timing, boolean preferred, RolePort port) {
        this.timing = timing;
        this.port = port;
        this.coldStart = new ColdStart(preferred, port);
    }

    /** Begins. The gate stays as an earlier daemon left it until the role is known: if that was alone, the service lives on. */
    public void start(long now) {
        since = now;
        coldStart.start(now);
        search(now);
    }

    /** Does what is due. Call it at {@link #nextTick()} at the latest; earlier does no harm. */
    public void tick(long now) {
        if (now < nextTick) return;
        switch (role) {
            case STARTING, FENCED -> search(now);
            case JOINING -> awaitPairing(now);
            case STANDBY -> watch(now);
            case TAKEOVER -> awaitLease(now);
            case PROTECTED -> heartbeat(now);
            case HANDOVER -> awaitPromotion(now);
            case UNPROTECTED, SYNCING -> nextTick = coldStart.holdClaim() ? NEVER : now + ColdStart.RETRY_NANOS;
            case STOPPED -> nextTick = NEVER;
        }
    }

    /** The probe of {@link RolePort#probeAddresses} has ended; {@code who} names the host that answered, as a reason for operators. */
    public void onAddressProbe(boolean inUse, String who, long now) {
        if (stopping || role != Role.STARTING && role != Role.FENCED) return;
        if (!coldStart.probed(inUse, who)) {
            reason = coldStart.reason();
            nextTick = now + ColdStart.CONFLICT_NANOS;
            return;
        }
        epoch++;
        // The address is there before the gate opens: a host that may speak always answers the probe of the other one.
        port.addressesUp();
        port.openGate();
        become(Role.UNPROTECTED, "no standby has joined", now);
        port.announce();
        nextTick = NEVER;
    }

    /**
     * Owner: a standby offers its region; an earlier peer's end was reported by {@link #onPeerGone}. If false is returned, it is not
     * accepted: close its link, and it will come again.
     */
    public boolean onPeerJoined(long now) {
        if (role != Role.UNPROTECTED || stopping) return false;
        become(Role.SYNCING, "a standby is brought up to date", now);
        port.beginSync();
        return true;
    }

    /** Owner: every live connection is over at the standby. */
    public void onSyncComplete(long now) {
        if (role != Role.SYNCING) return;
        leaseDeadline = now + timing.leaseNanos();
        port.protectGate(leaseDeadline); // first: an owner that can be promoted over must fall silent by itself
        if (port.pair(epoch)) {
            port.beat();
            nextTick = now + timing.heartbeatNanos();
            become(Role.PROTECTED, "the standby has everything", now);
        } else {
            alone("the standby went away before it was paired", now);
        }
    }

    /** Proof that the peer's daemon is dead or has let go: its end of the link was closed. */
    public void onPeerGone(long now) {
        switch (role) {
            case SYNCING -> alone("the standby went away before it was paired", now);
            case PROTECTED -> detach("the standby is gone", now);
            case HANDOVER -> detach("the standby went away during a switchover", now);
            case JOINING -> {
                awaitPairing(now); // it may have paired and died before this side looked
                if (role == Role.STANDBY) promote("the owner's daemon is gone", now);
                else if (role == Role.JOINING) restart("the owner went away before the copy was complete", now);
            }
            case STANDBY -> promote("the owner's daemon is gone", now);
            default -> {}
        }
    }

    /** Proof that the peer's kernel is gone, not only its daemon: nothing speaks there, whatever lease it had. */
    public void onPeerHostGone(long now) {
        if (role != Role.TAKEOVER) onPeerGone(now);
        if (role == Role.TAKEOVER && nextTick != NEVER) awaitLease(now);
    }

    /** Owner: the standby has not drained its ring for {@code standby-stall}. */
    public void onStandbyStalled(long now) {
        if (role == Role.SYNCING) alone("the standby stalled while it was brought up to date", now);
        else if (role == Role.PROTECTED) detach("the standby stalled", now);
        else if (role == Role.HANDOVER) detach("the standby stalled during a switchover", now);
    }

    /**
     * Owner: gives the address to the standby. Silent from here; ends FENCED, or, if the standby does not take over within the time in
     * which a silent peer counts as dead, alone.
     *
     * @return false, and nothing done, if there is no standby to give it to
     */
    public boolean onSwitchover(long now) {
        if (role != Role.PROTECTED || stopping) return false;
        port.closeGate(); // first: the standby will not wait for a lease
        port.handOver(epoch + 1);
        handoverDeadline = now + timing.detectNanos();
        nextTick = now + timing.heartbeatNanos();
        become(Role.HANDOVER, "switchover: the standby is to take over", now);
        return true;
    }

    /** Standby: the log says that the owner is silent, has said all, and wants this host to own the address with epoch {@code next}. */
    public void onHandover(long next, long now) {
        if (role == Role.JOINING) awaitPairing(now);
        if (role == Role.STANDBY && next == epoch + 1) promote("switchover", now);
        // No lease to wait for: that gate was closed before this was written, and opens only on a word that is not
        // promoted.
        if (role == Role.TAKEOVER && next == epoch && nextTick != NEVER) execute();
    }

    /**
     * The local service failed. A protected owner hands over: silent first, then it closes its end, which makes the standby promote
     * itself; it comes back after {@link #onServiceRestored}. An owner alone has nobody to hand over to.
     */
    public void onServiceFault(String what, long now) {
        if (role == Role.HANDOVER) serviceDown = true;
        if (role != Role.PROTECTED) return;
        serviceDown = true;
        lose("service failed (" + what + "); handed over to the standby", now);
    }

    /** The local service answers again. */
    public void onServiceRestored(long now) {
        boolean waiting = serviceDown && role == Role.FENCED;
        serviceDown = false;
        if (waiting) search(now);
    }

    /** The takeover is complete: the gate is open and all connections are restored, or reset with a reason. */
    public void onTakeoverDone(long now) {
        if (role != Role.TAKEOVER) return;
        become(Role.UNPROTECTED, "took over; no standby has joined", now);
        nextTick = now;
        if (stopping) onStop(now);
    }

    /** The takeover could not be carried out. */
    public void onTakeoverFailed(String what, long now) {
        if (role == Role.TAKEOVER) lose("takeover failed: " + what, now);
        if (stopping) onStop(now);
    }

    /** Leaves the pair in good order. A takeover under way is finished first: nobody else would do it. */
    public void onStop(long now) {
        stopping = true;
        if (role == Role.STOPPED || role == Role.TAKEOVER) return;
        if (role == Role.PROTECTED || role == Role.HANDOVER) detach("stopped", now);
        coldStart.abandon();
        port.leave();
        become(Role.STOPPED, role.isOwner() ? "stopped; the service goes on unprotected" : "stopped", now);
        nextTick = NEVER;
    }

    private void search(long now) {
        nextTick = serviceDown ? NEVER : now + ColdStart.RETRY_NANOS;
        if (serviceDown) return;
        if (coldStart.step(now) == ColdStart.Step.WAIT) {
            reason = coldStart.reason();
            return;
        }
        // Whatever an earlier daemon left behind must not speak while the peer owns the address.
        port.closeGate();
        port.fence();
        coldStart.releaseClaim();
        become(Role.JOINING, "the owner brings this standby up to date", now);
        nextTick = now + timing.heartbeatNanos();
    }

    private void awaitPairing(long now) {
        nextTick = now + timing.heartbeatNanos();
        long paired = port.pairedEpoch();
        if (paired == 0) return;
        epoch = paired;
        beat = port.peerBeat();
        beatSeen = now;
        become(Role.STANDBY, "the copy is complete", now);
    }

    private void watch(long now) {
        nextTick = now + timing.heartbeatNanos();
        long current = port.peerBeat();
        if (port.pairedEpoch() != epoch) {
            restart("the owner went on alone; the copy is stale", now);
        } else if (current != beat) {
            beat = current;
            beatSeen = now;
        } else if (now - beatSeen >= timing.detectNanos()) {
            promote("no heartbeat for " + (now - beatSeen) / 1_000_000L + " ms", now);
        }
    }

    private void promote(String why, long now) {
        if (!port.promote(epoch)) {
            restart("the owner went on alone; the copy is stale", now);
            return;
        }
        // Not `now`: this thread may have been stopped since then, and the owner have extended its lease meanwhile.
        promotedAt = port.now();
        epoch++;
        become(Role.TAKEOVER, why, promotedAt);
        port.prepareTakeover();
        awaitLease(promotedAt);
    }

    private void awaitLease(long now) {
        long over = promotedAt + timing.leaseNanos();
        boolean waits = now < over && !port.peerHostGone();
        nextTick = over;
        if (!waits) execute();
    }

    private void execute() {
        nextTick = NEVER;
        port.executeTakeover(epoch);
    }

    private void heartbeat(long now) {
        if (port.pairedEpoch() != epoch) {
            lose("the standby was promoted", now);
            return;
        }
        leaseDeadline = now + timing.leaseNanos(); // `now` is from before the look at the word
        port.beat();
        port.renewLease(leaseDeadline);
        nextTick = now + timing.heartbeatNanos();
    }

    private void awaitPromotion(long now) {
        if (port.pairedEpoch() != epoch) {
            lose("switched over: the standby owns the address", now);
        } else if (now >= handoverDeadline) {
            detach("the standby did not take over; switchover rolled back", now);
        } else {
            port.beat();
            nextTick = now + timing.heartbeatNanos();
        }
    }

    private void detach(String why, long now) {
        if (port.detach(epoch)) alone(why, now);
        else lose("the standby was promoted", now);
    }

    private void alone(String why, long now) {
        port.openGate(); // no copy can be promoted any more
        port.dropPeer();
        become(Role.UNPROTECTED, why, now);
        nextTick = now;
    }

    private void lose(String why, long now) {
        port.closeGate(); // first: until then only the lease keeps this host silent
        port.fence();
        port.dropPeer();
        coldStart.releaseClaim();
        become(Role.FENCED, why, now);
        searchAnew(now);
    }

    private void restart(String why, long now) {
        port.dropCopy();
        become(Role.STARTING, why, now);
        searchAnew(now);
    }

    private void searchAnew(long now) {
        coldStart.begin();
        nextTick = serviceDown ? NEVER : now + ColdStart.RETRY_NANOS;
    }

    private void become(Role next, String why, long now) {
        Role from = role;
        role = next;
        reason = why;
        since = now;
        port.roleChanged(from, next, why, now);
    }

    /** The verdict alone. */
    public Role role() {
        return role;
    }

    /** What this daemon is, why and since when. */
    public RoleStatus status() {
        return new RoleStatus(role, reason, since, epoch, leaseDeadline, beatSeen);
    }

    /** When {@link #tick} has something to do next, CLOCK_BOOTTIME; {@code Long.MAX_VALUE} if never. */
    public long nextTick() {
        return nextTick;
    }
}
