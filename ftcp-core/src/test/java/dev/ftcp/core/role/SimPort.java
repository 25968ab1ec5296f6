package dev.ftcp.core.role;

import dev.ftcp.core.role.SimHost.Event;
import dev.ftcp.core.role.SimHost.Gate;
import dev.ftcp.core.role.SimHost.Kind;
import dev.ftcp.core.role.SimHost.SimLink;
import dev.ftcp.core.role.SimRegion.Word;

/** The port of a simulated daemon. Before every call the world may go on without this host, for any time. */
final class SimPort implements RolePort {
    private final SimWorld world;
    private final SimHost me;
    private final SimHost peer;
    /** With a wrong order: the heartbeat before the promotion, or one that comes too late. */
    private long beatBefore = -1;

    private boolean beatOwed;

    SimPort(SimWorld world, SimHost me, SimHost peer) {
        this.world = world;
        this.me = me;
        this.peer = peer;
    }

    @Override
    public long now() {
        world.point(me, "now");
        return world.bug == SimWorld.Bug.STALE_TIME ? me.loopNow : world.time;
    }

    @Override
    public PeerAnswer join(long search) {
        world.point(me, "join");
        if (!peer.running) return PeerAnswer.ABSENT;
        // Half of the questions are answered by a thread of the peer that runs even while its role machine stands
        // still.
        PeerAnswer known = world.random.nextBoolean() ? peer.answersAtOnce() : kept(search);
        me.answer = null;
        if (known == PeerAnswer.OWNER) return offer() ? known : PeerAnswer.ABSENT;
        world.post(peer, new Event(Kind.HELLO, 0, null, me.incarnation, null, false, search), world.soon());
        boolean naive = world.bug == SimWorld.Bug.SILENT_IS_IDLE;
        return naive && (known == PeerAnswer.SILENT || known == PeerAnswer.BUSY) ? PeerAnswer.IDLE : known;
    }

    private PeerAnswer kept(long search) {
        boolean fresh = me.answerTo == search || world.bug == SimWorld.Bug.OLD_ANSWERS_COUNT;
        return me.answer != null && me.answerFrom == peer.incarnation && fresh ? me.answer : PeerAnswer.SILENT;
    }

    private boolean offer() {
        me.offering = world.bug != SimWorld.Bug.IDLE_WHILE_OFFERING;
        world.point(me, "offer");
        if (!peer.running) return me.offering = false;
        me.region = new SimRegion(peer.id, peer.boot);
        me.link = new SimLink(me.region, peer.id);
        world.track(me.region);
        world.post(peer, Event.of(Kind.OFFER, me.link), world.soon());
        return true;
    }

    @Override
    public boolean tryClaim() {
        world.point(me, "tryClaim");
        if (world.claimant == null) world.claimant = me;
        return world.claimant == me;
    }

    @Override
    public void releaseClaim() {
        world.point(me, "releaseClaim");
        if (world.claimant == me) world.claimant = null;
    }

    @Override
    public void probeAddresses() {
        world.point(me, "probeAddresses");
        boolean inUse = peer.addressUp && peer.maySpeak(world.time);
        world.post(me, new Event(Kind.PROBED, 0, null, 0, null, inUse, 0), 50 + world.random.nextInt(250));
    }

    @Override
    public void addressesUp() {
        world.point(me, "addressesUp");
        me.addressUp = true;
    }

    @Override
    public void announce() {
        world.point(me, "announce");
    }

    @Override
    public void openGate() {
        world.point(me, "openGate");
        world.open(me);
    }

    @Override
    public void protectGate(long deadline) {
        world.point(me, "protectGate");
        me.lease = deadline;
        world.point(me, "protectGate");
        me.gate = Gate.PROTECT;
        world.check();
    }

    @Override
    public void renewLease(long deadline) {
        world.point(me, "renewLease");
        if (beatOwed && me.link != null) me.link.region.beat++;
        if (me.gate == Gate.PROTECT) me.lease = deadline;
        world.check();
    }

    @Override
    public void listenGate() {
        world.point(me, "listenGate");
        me.gate = Gate.CLOSED; // as far as speaking goes
    }

    @Override
    public void closeGate() {
        world.point(me, "closeGate");
        if (world.bug == SimWorld.Bug.SILENCE_BEFORE_IT_IS) {
            tellSilence();
            world.point(me, "closeGate");
        }
        me.gate = Gate.CLOSED;
    }

    @Override
    public void fence() {
        world.point(me, "fence");
        if (me.gate != Gate.CLOSED) world.fail("fence with the gate " + me.gate + ": dying sockets speak");
        me.addressUp = false;
    }

    @Override
    public void beginSync() {
        world.point(me, "beginSync");
        world.post(me, Event.of(Kind.SYNC_COMPLETE, me.link), 1 + world.random.nextInt(300));
    }

    @Override
    public void handOver(long next) {
        world.point(me, "handOver");
        if (world.bug == SimWorld.Bug.HANDOVER_BEFORE_SILENCE) me.gate = Gate.PROTECT;
        else if (me.gate != Gate.CLOSED) world.fail("handed over with the gate " + me.gate);
        world.post(me, new Event(Kind.SAID_ALL, 0, me.link, 0, null, false, next), 1 + world.random.nextInt(10));
    }

    @Override
    public void beat() {
        world.point(me, "beat");
        beatOwed = world.bug == SimWorld.Bug.BEAT_AFTER_LOOK;
        if (!beatOwed && me.link != null) me.link.region.beat++;
    }

    @Override
    public long peerBeat() {
        world.point(me, "peerBeat");
        return beatBefore >= 0 ? beatBefore : me.region.beat;
    }

    @Override
    public boolean peerBeatsFirst() {
        return true;
    }

    @Override
    public long pairedEpoch() {
        world.point(me, "pairedEpoch");
        SimRegion region = word();
        return region != null && region.word == Word.PAIRED ? region.epoch : 0;
    }

    @Override
    public boolean pair(long epoch) {
        world.point(me, "pair");
        if (me.link == null) return false;
        if (!me.link.region.synced) world.fail("paired before the copy was complete");
        if (me.gate != Gate.PROTECT) world.fail("paired with the gate " + me.gate);
        return me.link.region.swap(Word.FRESH, 0, Word.PAIRED, epoch);
    }

    @Override
    public boolean detach(long epoch) {
        world.point(me, "detach");
        if (world.bug == SimWorld.Bug.DETACH_WITHOUT_ASKING) return true;
        return me.link.region.swap(Word.PAIRED, epoch, Word.DETACHED, epoch);
    }

    @Override
    public boolean promote(long epoch) {
        if (world.bug == SimWorld.Bug.NO_LOOK_AFTER_PROMOTION) beatBefore = me.region.beat;
        world.point(me, "promote");
        boolean won = me.region.swap(Word.PAIRED, epoch, Word.PROMOTED, epoch + 1);
        if (won && me.region.stale) world.fail("a stale copy was promoted");
        return won;
    }

    @Override
    public void tellSilence() {
        world.point(me, "tellSilence");
        if (me.link != null) me.link.region.silent = true;
    }

    @Override
    public boolean peerSilent() {
        world.point(me, "peerSilent");
        return me.region.silent;
    }

    @Override
    public void dropPeer() {
        world.point(me, "dropPeer");
        world.cut(me);
    }

    @Override
    public void dropCopy() {
        world.point(me, "dropCopy");
        world.cut(me);
        me.region = null;
    }

    @Override
    public boolean peerHostGone() {
        world.point(me, "peerHostGone");
        if (world.bug == SimWorld.Bug.NO_LEASE_WAIT) return true;
        return peer.boot != me.region.ownerBoot;
    }

    @Override
    public void prepareTakeover() {
        world.point(me, "prepareTakeover");
    }

    @Override
    public void executeTakeover(long epoch) {
        world.point(me, "executeTakeover");
        me.addressUp = true;
        world.point(me, "executeTakeover");
        world.open(me);
        world.cut(me);
        Kind end = world.random.nextInt(20) == 0 ? Kind.TAKEOVER_FAILED : Kind.TAKEN_OVER;
        world.post(me, Event.of(end, null), 1 + world.random.nextInt(20));
    }

    @Override
    public void leave() {
        world.point(me, "leave");
        world.cut(me);
        if (world.claimant == me) world.claimant = null;
    }

    @Override
    public void roleChanged(Role from, Role to, String reason, long now) {
        me.published = to;
        me.offering = false;
        world.seen.add(to);
        world.log(me, from + " -> " + to + ": " + reason);
    }

    private SimRegion word() {
        if (me.machine.role().isOwner()) return me.link == null ? null : me.link.region;
        return me.region;
    }
}
