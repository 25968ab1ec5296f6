package dev.ftcp.core.role;

import dev.ftcp.core.config.Timing;
import dev.ftcp.core.role.SimHost.Event;
import dev.ftcp.core.role.SimHost.Gate;
import dev.ftcp.core.role.SimHost.Kind;
import dev.ftcp.core.role.SimHost.SimLink;
import dev.ftcp.core.role.SimRegion.Word;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Two daemons, each on a thread of its own, of which exactly one runs at a time: the one that holds the baton. At every call of a port
 * the baton may change hands, time passes, and faults strike. So a daemon can be stopped between any two actions, for any time.
 */
final class SimWorld {
    static final long MS = 1_000_000L;
    static final Timing TIMING = new Timing(25 * MS, 200 * MS, 400 * MS, 1000 * MS);

    /** Ways to be wrong, which the checks must notice. */
    enum Bug {
        NONE,
        NO_LEASE_WAIT,
        STALE_TIME,
        BEAT_AFTER_LOOK,
        NO_LOOK_AFTER_PROMOTION,
        DETACH_WITHOUT_ASKING,
        SILENT_IS_IDLE,
        OLD_ANSWERS_COUNT,
        IDLE_WHILE_OFFERING,
        HANDOVER_BEFORE_SILENCE,
        SILENCE_BEFORE_IT_IS
    }

    /** Decides what goes wrong. Called at every point, with the host and what it is about to do. */
    interface Faults {
        void at(SimWorld world, SimHost host, String action);
    }

    private static final Set<Kind> FROM_PEER = EnumSet.of(Kind.HELLO, Kind.ANSWER, Kind.OFFER, Kind.PEER_GONE);

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    final Random random;
    final Bug bug;
    final SimHost[] hosts = {new SimHost(0), new SimHost(1)};
    long time = 1000 * MS;
    final Set<Role> seen = EnumSet.of(Role.STARTING);
    SimHost claimant;

    private final Faults faults;
    private final long end;
    private final List<SimRegion> regions = new ArrayList<>();
    private final ArrayDeque<String> journal = new ArrayDeque<>();
    private final Semaphore finished = new Semaphore(0);
    private String failure;
    private volatile boolean over;

    SimWorld(long seed, Bug bug, long millis, Faults faults) {
        this.random = new Random(seed);
        this.bug = bug;
        this.faults = faults;
        this.end = time + millis * MS;
    }

    /** Runs to the end. What was violated, with what happened before, or null. */
    String run() {
        for (SimHost h : hosts) new Thread(() -> live(h), "sim-" + h.id).start();
        next().baton.release();
        finished.acquireUninterruptibly(2);
        return failure == null ? null : failure + "\n" + journal();
    }

    String journal() {
        return String.join("\n", journal);
    }

    long millis() {
        return time / MS - 1000;
    }

    /** A place where this host may be stopped. */
    void point(SimHost me, String action) {
        time += random.nextInt(20) == 0 ? random.nextInt(3_000_000) : random.nextInt(50_000);
        faults.at(this, me, action);
        if (random.nextInt(4) == 0 || !me.runnable(time) || me.dying || over) hand(me);
    }

    void pause(SimHost h, long millis) {
        log(h, "stopped for " + millis + " ms");
        h.notBefore = Math.max(h.notBefore, time + millis * MS);
        if (h.link != null && millis * MS > TIMING.standbyStallNanos()) {
            post(hosts[1 - h.id], Event.of(Kind.STALLED, h.link), TIMING.standbyStallNanos() / MS);
        }
    }

    /** Ends a daemon, and its kernel too if {@code whole}. */
    void kill(SimHost h, long downMillis, boolean whole) {
        if (!h.running) return;
        log(h, whole ? "host crashed" : "daemon killed");
        h.dying = true;
        h.running = false;
        h.notBefore = time + downMillis * MS;
        ends(h);
        if (whole) {
            h.boot++;
            h.gate = Gate.CLOSED;
            h.addressUp = false;
        }
    }

    /** The kernel closes what a dead daemon had open, offers that it had not looked at included. */
    private void ends(SimHost h) {
        SimHost other = hosts[1 - h.id];
        cut(h);
        if (other.link != null) cut(other.link, other);
        if (claimant == h) claimant = null;
    }

    void post(SimHost to, Event event, long delayMillis) {
        long at = time + delayMillis * MS;
        if (FROM_PEER.contains(event.kind())) {
            to.lastDelivery = at = Math.max(to.lastDelivery, at); // what the peer sends stays in order
        }
        List<Event> all = new ArrayList<>(to.inbox);
        int i = all.size();
        while (i > 0 && all.get(i - 1).at() > at) i--;
        all.add(i, event.at(at));
        to.inbox.clear();
        to.inbox.addAll(all);
    }

    long soon() {
        return random.nextInt(4);
    }

    /** Ends the link of this host; the other end sees it. */
    void cut(SimHost me) {
        SimLink link = me.link;
        me.link = null;
        if (link != null) cut(link, hosts[1 - me.id]);
    }

    private void cut(SimLink link, SimHost told) {
        if (!link.open) return;
        link.open = false;
        post(told, Event.of(Kind.PEER_GONE, link), soon());
    }

    /** The service goes on without commits: every copy that could still be promoted is stale from here. */
    void open(SimHost me) {
        me.gate = Gate.OPEN;
        for (SimRegion r : regions) if (r.word == Word.PAIRED) r.stale = true;
        check();
    }

    /** Whoever may speak now, may until its lease ends: so looking after every change finds every overlap. */
    void check() {
        if (hosts[0].maySpeak(time) && hosts[1].maySpeak(time)) fail("two hosts may speak");
    }

    void fail(String what) {
        if (!over) failure = "at " + (time - 1000 * MS) / 1000 + " us: " + what;
        over = true;
    }

    void log(SimHost h, String what) {
        if (failure != null) return;
        journal.add((time - 1000 * MS) / 1000 + " us host " + h.id + " " + what);
        if (journal.size() > 60) journal.remove();
    }

    private void live(SimHost me) {
        SimHost peer = hosts[1 - me.id];
        me.baton.acquireUninterruptibly();
        while (!over) {
            try {
                daemon(me, peer);
            } catch (Killed e) {
                me.dying = false;
            } catch (RuntimeException e) {
                fail(e + " in " + e.getStackTrace()[0]);
            }
            if (!over) hand(me); // down until notBefore
        }
        for (SimHost h : hosts) h.baton.release();
        finished.release();
    }

    private void daemon(SimHost me, SimHost peer) {
        me.incarnation++;
        me.running = true;
        me.inbox.clear();
        me.lastDelivery = time;
        me.link = null;
        me.region = null;
        me.answer = null;
        me.published = Role.STARTING;
        me.offering = false;
        me.wakeAt = 0;
        me.machine = new RoleMachine(TIMING, me.id == 0, new SimPort(this, me, peer));
        log(me, "daemon starts");
        me.loopNow = time;
        me.machine.start(me.loopNow);
        while (!over) {
            Event event = me.inbox.isEmpty() || me.inbox.peek().at() > time ? null : me.inbox.poll();
            me.loopNow = time;
            point(me, "clock"); // between reading the clock and using it
            if (me.region != null && me.region.handover != 0) me.machine.onHandover(me.region.handover, me.loopNow);
            if (event != null) dispatch(me, peer, event);
            else me.machine.tick(me.loopNow);
            if (me.machine.role() == Role.STOPPED) break;
            me.wakeAt = me.machine.nextTick();
            point(me, "sleep");
            me.wakeAt = 0;
        }
        me.running = false;
        me.notBefore = time + 500 * MS;
        ends(me);
    }

    private void dispatch(SimHost me, SimHost peer, Event e) {
        RoleMachine m = me.machine;
        switch (e.kind()) {
            case HELLO -> {
                if (e.incarnation() == peer.incarnation) {
                    post(
                            peer,
                            new Event(
                                    Kind.ANSWER,
                                    0,
                                    null,
                                    me.incarnation,
                                    m.role().answer(),
                                    false,
                                    e.search()),
                            soon());
                }
            }
            case ANSWER -> {
                me.answer = e.answer();
                me.answerFrom = e.incarnation();
                me.answerTo = e.search();
            }
            case OFFER -> {
                if (!e.link().open || me.link != null) {
                    cut(e.link(), peer);
                    return;
                }
                me.link = e.link();
                if (m.onPeerJoined(me.loopNow)) return;
                me.link = null;
                cut(e.link(), peer);
            }
            case PEER_GONE -> {
                if (me.link == e.link()) m.onPeerGone(me.loopNow);
            }
            case SYNC_COMPLETE -> {
                if (me.link != e.link() || !e.link().open) return;
                e.link().region.synced = true;
                m.onSyncComplete(me.loopNow);
            }
            case STALLED -> {
                if (me.link == e.link() && e.link().owner == me.id) m.onStandbyStalled(me.loopNow);
            }
            case SWITCHOVER -> m.onSwitchover(me.loopNow);
            case SAID_ALL -> {
                if (me.link == e.link() && m.role() == Role.HANDOVER) e.link().region.handover = e.search();
            }
            case PROBED -> m.onAddressProbe(e.inUse(), "the other host", me.loopNow);
            case TAKEN_OVER -> m.onTakeoverDone(me.loopNow);
            case TAKEOVER_FAILED -> m.onTakeoverFailed("as simulated", me.loopNow);
            case FAULT -> m.onServiceFault("as simulated", me.loopNow);
            case RESTORED -> m.onServiceRestored(me.loopNow);
            case STOP -> m.onStop(me.loopNow);
        }
    }

    private void hand(SimHost me) {
        SimHost to = next();
        if (to != me && !over) {
            to.baton.release();
            me.baton.acquireUninterruptibly();
        }
        if (me.dying) throw new Killed();
    }

    private SimHost next() {
        if (time >= end) over = true;
        if (over) return hosts[0];
        if (!hosts[0].runnable(time) && !hosts[1].runnable(time)) {
            time = Math.max(time, Math.min(hosts[0].dueAt(), hosts[1].dueAt()));
        }
        SimHost first = hosts[random.nextInt(2)];
        return first.runnable(time) ? first : hosts[1 - first.id];
    }

    void track(SimRegion region) {
        regions.add(region);
    }
}
