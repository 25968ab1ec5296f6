package dev.ftcp.core.role;

import dev.ftcp.core.config.Timing;

/**
 * Who owns the service address: the state machine of one daemon. Events and time come in, actions go out to a {@link RolePort}.
 * The package tells why two hosts never speak at once.
 *
 * <p>Not thread-safe: one thread calls everything. {@code now} is always CLOCK_BOOTTIME in nanoseconds, read before the call.
 */
public final class RoleMachine {
    private final Timing timing;
    private final RolePort port;
    private final RoleState at;
    private final ColdStart coldStart;
    private final Standby standby;
    private long leaseDeadline;
    private boolean serviceDown;
    private boolean stopping;
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
        this.at = new RoleState(port);
        this.standby = new Standby(timing, port, at, this::restart);
    }

    /** Begins. The gate stays as an earlier daemon left it until the role is known: if that was alone, the service lives on. */
    public void start(long now) {
        at.since = now;
        coldStart.start(now);
        search(now);
    }

    /** Does what is due. Call it at {@link #nextTick()} at the latest; earlier does no harm. */
    public void tick(long now) {
        if (now < at.nextTick) return;
        switch (at.role) {
            case STARTING, FENCED -> search(now);
            case JOINING -> standby.awaitPairing(now);
            case STANDBY -> standby.watch(now);
            case TAKEOVER -> standby.awaitLease(now);
            case PROTECTED -> heartbeat(now);
            case HANDOVER -> awaitPromotion(now);
            case UNPROTECTED, SYNCING ->
                at.nextTick = coldStart.holdClaim() ? RoleState.NEVER : now + ColdStart.RETRY_NANOS;
            case STOPPED -> at.nextTick = RoleState.NEVER;
        }
    }

    /** The probe of {@link RolePort#probeAddresses} has ended; {@code who} names the host that answered, as a reason for operators. */
    public void onAddressProbe(boolean inUse, String who, long now) {
        if (stopping || at.role != Role.STARTING && at.role != Role.FENCED) return;
        if (!coldStart.probed(inUse, who)) {
            at.reason = coldStart.reason();
            at.nextTick = now + ColdStart.CONFLICT_NANOS;
            return;
        }
        at.epoch++;
        // The address is there before the gate opens: a host that may speak always answers the probe of the other one.
        port.addressesUp();
        port.openGate();
        at.become(Role.UNPROTECTED, "no standby has joined", now);
        port.announce();
        at.nextTick = RoleState.NEVER;
    }

    /**
     * Owner: a standby offers its region; an earlier peer's end was reported by {@link #onPeerGone}. If false is returned, it is not
     * accepted: close its link, and it will come again.
     */
    public boolean onPeerJoined(long now) {
        if (at.role != Role.UNPROTECTED || stopping) return false;
        at.become(Role.SYNCING, "a standby is brought up to date", now);
        port.beginSync();
        return true;
    }

    /** Owner: every live connection is over at the standby. */
    public void onSyncComplete(long now) {
        if (at.role != Role.SYNCING) return;
        leaseDeadline = now + timing.leaseNanos();
        port.protectGate(leaseDeadline); // first: an owner that can be promoted over must fall silent by itself
        if (port.pair(at.epoch)) {
            port.beat();
            at.nextTick = now + timing.heartbeatNanos();
            at.become(Role.PROTECTED, "the standby has everything", now);
        } else {
            alone("the standby went away before it was paired", now);
        }
    }

    /** Proof that the peer's daemon is dead or has let go: its end of the link was closed. */
    public void onPeerGone(long now) {
        switch (at.role) {
            case SYNCING -> alone("the standby went away before it was paired", now);
            case PROTECTED -> detach("the standby is gone", now);
            case HANDOVER -> detach("the standby went away during a switchover", now);
            case JOINING -> {
                standby.awaitPairing(now); // it may have paired and died before this side looked
                if (at.role == Role.STANDBY) standby.promote("the owner's daemon is gone", now);
                else if (at.role == Role.JOINING) restart("the owner went away before the copy was complete", now);
            }
            case STANDBY -> standby.promote("the owner's daemon is gone", now);
            default -> {}
        }
    }

    /** Proof that the peer's kernel is gone, not only its daemon: nothing speaks there, whatever lease it had. */
    public void onPeerHostGone(long now) {
        if (at.role != Role.TAKEOVER) onPeerGone(now);
        if (at.role == Role.TAKEOVER && at.nextTick != RoleState.NEVER) standby.awaitLease(now);
    }

    /** Owner: the standby has not drained its ring for {@code standby-stall}. */
    public void onStandbyStalled(long now) {
        if (at.role == Role.SYNCING) alone("the standby stalled while it was brought up to date", now);
        else if (at.role == Role.PROTECTED) detach("the standby stalled", now);
        else if (at.role == Role.HANDOVER) detach("the standby stalled during a switchover", now);
    }

    /**
     * Owner: gives the address to the standby. Silent from here; ends FENCED, or, if the standby does not take over within the time in
     * which a silent peer counts as dead, alone.
     *
     * @return false, and nothing done, if there is no standby to give it to
     */
    public boolean onSwitchover(long now) {
        if (at.role != Role.PROTECTED || stopping) return false;
        port.listenGate(); // first: the standby will not wait for a lease
        port.handOver(at.epoch + 1);
        handoverDeadline = now + timing.detectNanos();
        at.nextTick = now + timing.heartbeatNanos();
        at.become(Role.HANDOVER, "switchover: the standby is to take over", now);
        return true;
    }

    /** Standby: the log says that the owner is silent, has said all, and wants this host to own the address with epoch {@code next}. */
    public void onHandover(long next, long now) {
        standby.handedOver(next, now);
    }

    /**
     * The local service failed. A protected owner hands over: silent first, then it closes its end, which makes the standby promote
     * itself; it comes back after {@link #onServiceRestored}. An owner alone has nobody to hand over to.
     */
    public void onServiceFault(String what, long now) {
        if (at.role == Role.HANDOVER) serviceDown = true;
        if (at.role != Role.PROTECTED) return;
        serviceDown = true;
        lose("service failed (" + what + "); handed over to the standby", now);
    }

    /** The local service answers again. */
    public void onServiceRestored(long now) {
        boolean waiting = serviceDown && at.role == Role.FENCED;
        serviceDown = false;
        if (waiting) search(now);
    }

    /** The takeover is complete: the gate is open and all connections are restored, or reset with a reason. */
    public void onTakeoverDone(long now) {
        if (at.role != Role.TAKEOVER) return;
        at.become(Role.UNPROTECTED, "took over; no standby has joined", now);
        at.nextTick = now;
        if (stopping) onStop(now);
    }

    /** The takeover could not be carried out. */
    public void onTakeoverFailed(String what, long now) {
        if (at.role == Role.TAKEOVER) lose("takeover failed: " + what, now);
        if (stopping) onStop(now);
    }

    /** Leaves the pair in good order. A takeover under way is finished first: nobody else would do it. */
    public void onStop(long now) {
        stopping = true;
        if (at.role == Role.STOPPED || at.role == Role.TAKEOVER) return;
        if (at.role == Role.PROTECTED || at.role == Role.HANDOVER) detach("stopped", now);
        coldStart.abandon();
        port.leave();
        at.become(Role.STOPPED, at.role.isOwner() ? "stopped; the service goes on unprotected" : "stopped", now);
        at.nextTick = RoleState.NEVER;
    }

    private void search(long now) {
        at.nextTick = serviceDown ? RoleState.NEVER : now + ColdStart.RETRY_NANOS;
        if (serviceDown) return;
        if (coldStart.step(now) == ColdStart.Step.WAIT) {
            at.reason = coldStart.reason();
            return;
        }
        // Whatever an earlier daemon left behind must not speak while the peer owns the address.
        port.closeGate();
        port.fence();
        coldStart.releaseClaim();
        at.become(Role.JOINING, "the owner brings this standby up to date", now);
        at.nextTick = now + timing.heartbeatNanos();
    }

    private void heartbeat(long now) {
        // In this order: a standby that has promoted itself knows by the heartbeat whether a lease may have been
        // granted of late.
        port.beat();
        if (port.pairedEpoch() != at.epoch) {
            lose("the standby was promoted", now);
            return;
        }
        leaseDeadline = now + timing.leaseNanos(); // `now` is from before the heartbeat
        port.renewLease(leaseDeadline);
        at.nextTick = now + timing.heartbeatNanos();
    }

    private void awaitPromotion(long now) {
        if (port.pairedEpoch() != at.epoch) {
            lose("switched over: the standby owns the address", now);
        } else if (now >= handoverDeadline) {
            detach("the standby did not take over; switchover rolled back", now);
        } else {
            port.beat();
            at.nextTick = now + timing.heartbeatNanos();
        }
    }

    private void detach(String why, long now) {
        if (port.detach(at.epoch)) alone(why, now);
        else lose("the standby was promoted", now);
    }

    private void alone(String why, long now) {
        port.openGate(); // no copy can be promoted any more
        port.dropPeer();
        at.become(Role.UNPROTECTED, why, now);
        at.nextTick = now;
    }

    private void lose(String why, long now) {
        port.closeGate(); // first: until then only the lease keeps this host silent
        port.fence();
        port.tellSilence();
        port.dropPeer();
        coldStart.releaseClaim();
        at.become(Role.FENCED, why, now);
        searchAnew(now);
    }

    private void restart(String why, long now) {
        port.dropCopy();
        at.become(Role.STARTING, why, now);
        searchAnew(now);
    }

    private void searchAnew(long now) {
        coldStart.begin();
        at.nextTick = serviceDown ? RoleState.NEVER : now + ColdStart.RETRY_NANOS;
    }

    /** The verdict alone. */
    public Role role() {
        return at.role;
    }

    /** What this daemon is, why and since when. */
    public RoleStatus status() {
        return new RoleStatus(at.role, at.reason, at.since, at.epoch, leaseDeadline, standby.beatSeen());
    }

    /** When {@link #tick} has something to do next, CLOCK_BOOTTIME; {@code Long.MAX_VALUE} if never. */
    public long nextTick() {
        return at.nextTick;
    }
}
