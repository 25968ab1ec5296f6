package dev.ftcp.core.role;

/**
 * What the role machine has others carry out. Every method returns at once; what takes time ends in an event of {@link RoleMachine}.
 * Called on the thread that calls the machine, and never calls back into it.
 *
 * <p>The pairing word lives in the region of the standby. On the owner its methods refer to the region of the peer that last joined,
 * on a standby to its own region, which is new for each attempt to join: a region that was ever paired is never used again, and its
 * memory stays valid for whoever has it mapped (unlink the file, do not truncate it).
 */
public interface RolePort {
    /**
     * CLOCK_BOOTTIME, read afresh. The machine asks only where a time that was read before an action would be wrong, because this
     * thread may have been stopped in between.
     */
    long now();

    /**
     * Asks the peer, and reports what is known of it. Only an answer to a question that carried the same {@code search} counts (or
     * one that came within this call): a peer that held no copy before this daemon was last the owner may well hold one now. When the
     * answer is {@link PeerAnswer#OWNER}, a new region is offered to the peer.
     *
     * <p>If this daemon answers questions on another thread than the one that runs the machine, it must answer
     * {@link PeerAnswer#BUSY} from before the region is offered until {@link #roleChanged}: the peer may fill and pair the region,
     * and die, before the machine here knows that it was offered.
     *
     * @param search number of the current search; the question carries it, the answer returns it
     */
    PeerAnswer join(long search);

    /** Claims the service address at the arbiter; true as well if this daemon holds it already. The kernel frees it when the daemon dies. */
    boolean tryClaim();

    /** Gives the claim back, if held. */
    void releaseClaim();

    /** Asks the network whether another host answers for a service address; ends in {@link RoleMachine#onAddressProbe}. */
    void probeAddresses();

    /** Puts the service addresses on the interface, if they are not there. */
    void addressesUp();

    /** Tells the neighbours: gratuitous ARP, neighbour advertisements. */
    void announce();

    /** Gate OPEN: everything passes, no lease. */
    void openGate();

    /** Gate PROTECT with this lease (CLOCK_BOOTTIME); the deadline is in place before the mode is. */
    void protectGate(long leaseDeadlineNanos);

    /** New deadline for a gate in PROTECT. A gate in another mode stays as it is. */
    void renewLease(long leaseDeadlineNanos);

    /** Gate CLOSED: nothing passes. */
    void closeGate();

    /** Nothing leaves from the address any more; what its clients say is still captured, for whoever goes on. */
    void listenGate();

    /** Takes the service addresses down and destroys the service's client sockets silently. The gate is closed already. */
    void fence();

    /** Starts to bring the peer that joined up to date; ends in {@link RoleMachine#onSyncComplete}. */
    void beginSync();

    /**
     * Owner with a closed gate: logs what it let pass before, then that the standby may take over with epoch {@code next}, at once: until
     * {@link #detach} this host says nothing more.
     */
    void handOver(long next);

    /** Owner: bumps the heartbeat in the peer's region, before anything that is read later. */
    void beat();

    /** Standby: the heartbeat in its own region. */
    long peerBeat();

    /** Standby: whether the owner bumps the heartbeat before it looks at the pairing word for a new lease; an older version does so afterwards. */
    boolean peerBeatsFirst();

    /** The epoch of the pairing word if it is PAIRED; 0 if it is anything else, unreadable, or there is no region. */
    long pairedEpoch();

    /** Owner: FRESH → PAIRED(epoch). False if the word was something else or the peer is gone. */
    boolean pair(long epoch);

    /** Owner: PAIRED(epoch) → DETACHED(epoch). False if the word was something else. */
    boolean detach(long epoch);

    /** Standby: PAIRED(epoch) → PROMOTED(epoch + 1), before anything that is read later. False if the word was something else. */
    boolean promote(long epoch);

    /** Owner with a closed gate, which it will not open again while the word is not DETACHED: the standby need not wait for a lease. */
    void tellSilence();

    /** Standby: whether the owner has told so. */
    boolean peerSilent();

    /** Owner: ends the link to the peer, which sees its end closed. The memory stays readable until the next peer joins. */
    void dropPeer();

    /** Standby: forgets the copy and the region, and ends the link. */
    void dropCopy();

    /** Whether the host (the domain, the kernel) that owned the address when this standby was paired is known to be gone. */
    boolean peerHostGone();

    /** Prepares what a takeover needs without sending anything. */
    void prepareTakeover();

    /**
     * Takes over: addresses up before the gate opens, connections restored; ends in {@link RoleMachine#onTakeoverDone} or
     * {@link RoleMachine#onTakeoverFailed}.
     */
    void executeTakeover(long epoch);

    /** Leaves the pair: link and claim are given up, the gate stays as it is. */
    void leave();

    /** A transition happened: log it, tell the service manager. */
    void roleChanged(Role from, Role to, String reason, long nowNanos);
}
