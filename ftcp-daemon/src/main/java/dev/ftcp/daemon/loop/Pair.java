package dev.ftcp.daemon.loop;

import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.log.LogReader;
import dev.ftcp.core.log.LogWriter;
import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.Region;
import dev.ftcp.core.role.PeerAnswer;
import dev.ftcp.core.role.Role;
import dev.ftcp.core.role.RolePort;
import dev.ftcp.xen.bpf.Gate;
import dev.ftcp.xen.bpf.GateMode;
import dev.ftcp.xen.link.Arbiter;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Sys;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the role machine decides: gate words, pairing word, link, addresses. What takes time is only asked for here; the core
 * loop does it and reports its end. Core loop only.
 */
final class Pair implements RolePort {
    private static final Logger LOG = LoggerFactory.getLogger(Pair.class);

    /** Longer than a switchover takes, and than clients take to learn where the address is now. */
    private static final long HEIR_NANOS = 2_000_000_000L;

    private final Gate gate;
    private final Peers peers;
    private final Arbiter arbiter;
    private final ServiceAddress address;
    private final FlowEngine engine;
    private final Ledger ledger;
    private final int maxFlows;
    private final LoopObserver observer;

    private @Nullable PeerLink link;
    private @Nullable LogReader reader;
    private @Nullable LogWriter writer;
    private final Asked asked = new Asked();

    Pair(
            Gate gate,
            Peers peers,
            Arbiter arbiter,
            ServiceAddress address,
            FlowEngine engine,
            Ledger ledger,
            int maxFlows,
            LoopObserver observer) {
        this.gate = gate;
        this.peers = peers;
        this.arbiter = arbiter;
        this.address = address;
        this.engine = engine;
        this.ledger = ledger;
        this.maxFlows = maxFlows;
        this.observer = observer;
    }

    @Nullable
    PeerLink link() {
        return link;
    }

    /** The log that a standby reads, or null. */
    @Nullable
    LogReader reader() {
        return reader;
    }

    /** The log that an owner writes, or null. */
    @Nullable
    LogWriter writer() {
        return writer;
    }

    /**
     * Standby: tells the owner what it can't know: how many connections would not be continued here, whether the service answers here, and where here is.
     */
    void report(boolean serviceUp) {
        Region region = region();
        if (region == null) return;
        region.givenUp(ledger.givenUp());
        region.serviceUp(serviceUp);
        region.address(address.mac());
    }

    /** Owner: whether the service answers at the standby, as far as it has said. */
    boolean standbyServes() {
        Region region = region();
        return region != null && region.serviceUp();
    }

    Asked asked() {
        return asked;
    }

    /** Owner: this link is the standby's from now on. */
    void offered(PeerLink fresh) {
        dropLink();
        link = fresh;
    }

    @Override
    public long now() {
        return Sys.bootNanos();
    }

    @Override
    public PeerAnswer join(long search) {
        // Each question is a connection of its own, so its answer can't be a late one to an earlier question.
        Peers.Joined joined = peers.join();
        if (joined.link() == null) return joined.answer();
        dropLink();
        engine.clear();
        ledger.clear();
        // Whatever an earlier life of this host left of the service's connections is stale: the peer owns them now.
        gate.mode(GateMode.CLOSED);
        address.fence();
        link = joined.link();
        reader = new LogReader(joined.link().region().reader(0), maxFlows);
        return PeerAnswer.OWNER;
    }

    @Override
    public boolean tryClaim() {
        return arbiter.tryClaim();
    }

    @Override
    public void releaseClaim() {
        arbiter.release();
    }

    @Override
    public void probeAddresses() {
        address.startProbe(now());
        asked.probe = true;
    }

    @Override
    public void addressesUp() {
        address.up();
    }

    @Override
    public void announce() {
        address.announce();
    }

    @Override
    public void openGate() {
        gate.mode(GateMode.OPEN);
    }

    @Override
    public void protectGate(long leaseDeadlineNanos) {
        if (gate.mode() == GateMode.OPEN) gate.flags(Gate.SYNCING, true);
        gate.lease(leaseDeadlineNanos);
        gate.mode(GateMode.PROTECT);
    }

    /** Everything that was captured with the gate open is followed. What was opened while the ring was full has no slot: it would stand still for ever. */
    void synced() {
        gate.flags(Gate.PASS_UNKNOWN, address.hasStrangers(engine));
        gate.flags(Gate.SYNCING, false);
    }

    @Override
    public void renewLease(long leaseDeadlineNanos) {
        gate.lease(leaseDeadlineNanos);
    }

    @Override
    public void listenGate() {
        gate.mode(GateMode.LISTENING);
    }

    @Override
    public void closeGate() {
        gate.mode(GateMode.CLOSED);
    }

    @Override
    public void fence() {
        engine.clear();
        address.fence();
    }

    @Override
    public void beginSync() {
        if (link == null) return;
        writer = new LogWriter(link.region().writer(0));
        engine.attach(writer);
        asked.sync = true;
    }

    @Override
    public void handOver(long next) {
        Region region = region();
        if (region != null) gate.heir(region.address(), now() + HEIR_NANOS);
        asked.handover = next;
        asked.silentNanos = now();
    }

    @Override
    public void beat() {
        Region region = region();
        if (region != null) region.beat();
    }

    @Override
    public long peerBeat() {
        Region region = region();
        return region == null ? 0 : region.heartbeat();
    }

    @Override
    public boolean peerBeatsFirst() {
        Region region = region();
        return region != null && region.beatsFirst();
    }

    @Override
    public long pairedEpoch() {
        Region region = region();
        if (region == null) return 0;
        Pairing pairing = region.pairing();
        return pairing.state() == Pairing.State.PAIRED ? pairing.epoch() : 0;
    }

    @Override
    public boolean pair(long epoch) {
        Region region = region();
        if (region == null) return false;
        if (writer != null) writer.epoch(epoch);
        region.beatsFirst(true);
        return region.casPairing(Pairing.FRESH, Pairing.paired(epoch));
    }

    @Override
    public boolean detach(long epoch) {
        Region region = region();
        return region == null || region.casPairing(Pairing.paired(epoch), Pairing.detached(epoch));
    }

    @Override
    public boolean promote(long epoch) {
        Region region = region();
        return region != null && region.casPairing(Pairing.paired(epoch), Pairing.promoted(epoch + 1));
    }

    @Override
    public void tellSilence() {
        Region region = region();
        if (region != null) region.silent(true);
    }

    @Override
    public boolean peerSilent() {
        Region region = region();
        return region != null && region.silent();
    }

    @Override
    public void dropPeer() {
        engine.detach();
        dropLink();
    }

    @Override
    public void dropCopy() {
        dropLink();
        ledger.clear();
    }

    @Override
    public boolean peerHostGone() {
        return link != null && link.hostGone();
    }

    @Override
    public void prepareTakeover() {
        asked.promotedNanos = now();
    }

    @Override
    public void executeTakeover(long epoch) {
        asked.takeover = epoch;
    }

    @Override
    public void leave() {
        dropLink();
        arbiter.release();
    }

    @Override
    public void roleChanged(Role from, Role to, String reason, long nowNanos) {
        peers.role(to);
        LOG.info("event=role from={} to={} reason=\"{}\"", from, to, reason);
        observer.onRole(from, to, reason, nowNanos);
    }

    private @Nullable Region region() {
        return link == null ? null : link.region();
    }

    private void dropLink() {
        asked.peerGone();
        reader = null;
        writer = null;
        if (link != null) link.close();
        link = null;
    }
}
