package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.Timing;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.log.LogReader;
import dev.ftcp.core.ring.RingCorruptException;
import dev.ftcp.core.role.Role;
import dev.ftcp.core.role.RoleMachine;
import dev.ftcp.core.role.RoleStatus;
import dev.ftcp.daemon.takeover.Takeover;
import dev.ftcp.daemon.takeover.TakeoverReport;
import dev.ftcp.daemon.takeover.TakeoverTrigger;
import dev.ftcp.xen.bpf.CaptureRing;
import dev.ftcp.xen.bpf.Gate;
import dev.ftcp.xen.bpf.GateCounter;
import dev.ftcp.xen.bpf.GateMode;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Signal;
import dev.ftcp.xen.linux.Sys;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread on which everything about connections and roles happens. While there is work it turns about every 200 µs, because a wake-up
 * per packet costs half of a service's throughput; idle it sleeps until the wrap, the peer or the clock wakes it.
 */
final class CoreLoop {
    private static final Logger LOG = LoggerFactory.getLogger(CoreLoop.class);
    private static final int LOG_LIMIT = 4096;
    private static final long BUSY_PAUSE_NANOS = 120_000L;
    private static final int IDLE_TURNS = 50;
    private static final long MAINTAIN_NANOS = 2_000_000L;
    /** A loop that does not turn for so long, in a takeover of very many connections, is as good as dead to a service alone. */
    private static final long ATTENDED_NANOS = 5_000_000_000L;

    private static final int FINAL_DRAIN_TURNS = 1_000_000;

    private final Gate gate;
    private final CaptureRing capture;
    private final FlowEngine engine;
    private final Ledger ledger;
    private final Pair pair;
    private final Peers peers;
    private final ServiceAddress address;
    private final RoleMachine machine;
    private final Takeover takeover;
    private final Sleeper sleeper;
    private final ServiceWatch service;
    private final ServiceRestart restart;
    private final TakeoverHistory history;
    private final LoopObserver observer;
    private final CaptureDrain drain;
    private final StandbyCare standby;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final RelayWords words;
    private final LostNotes lostNotes;
    private volatile boolean stopped;
    private int idle;
    private long maintainNanos;
    private boolean heard; // as a standby, in the turn before

    CoreLoop(
            Timing timing,
            Gate gate,
            CaptureRing capture,
            FlowEngine engine,
            Ledger ledger,
            Pair pair,
            Peers peers,
            ServiceAddress address,
            RoleMachine machine,
            Takeover takeover,
            Sleeper sleeper,
            ServiceWatch service,
            ServiceRestart restart,
            TakeoverHistory history,
            LoopObserver observer) {
        this.gate = gate;
        this.capture = capture;
        this.engine = engine;
        this.ledger = ledger;
        this.pair = pair;
        this.peers = peers;
        this.address = address;
        this.machine = machine;
        this.takeover = takeover;
        this.sleeper = sleeper;
        this.service = service;
        this.restart = restart;
        this.history = history;
        this.observer = observer;
        words = new RelayWords(capture::captured);
        lostNotes = new LostNotes(
                () -> gate.count(GateCounter.NOTES_LOST),
                capture::captured,
                now -> engine.reconcile(address.opened(), now));
        drain = new CaptureDrain(capture, engine, pair);
        standby = new StandbyCare(timing, drain, engine, pair, machine);
    }

    /** Runs {@code task} on the loop, before it drains the next capture. Any thread. */
    void execute(Runnable task) {
        tasks.add(task);
        sleeper.wake();
    }

    /** Runs {@code word} on the loop, as {@link RelayWords} says. Any thread. */
    void executeAfterCapture(Runnable word) {
        if (stopped) return; // nobody hears it, and the capture may be gone
        words.add(word);
        sleeper.wake();
    }

    /** Ends the loop after this turn. On the loop's own thread. */
    void stop() {
        stopped = true;
    }

    void run() {
        machine.start(Sys.bootNanos());
        while (!stopped) {
            try {
                turnAndRest();
            } catch (RingCorruptException e) {
                // A standby that writes nonsense into its memory loses its place; the service goes on.
                LOG.error("event=standby-corrupt reason=\"{}\"", e.getMessage());
                machine.onStandbyStalled(Sys.bootNanos());
            }
        }
    }

    private void turnAndRest() {
        idle = turn() > 0 ? 0 : idle + 1;
        if (stopped) return;
        if (idle < IDLE_TURNS) LockSupport.parkNanos(BUSY_PAUSE_NANOS);
        else sleeper.sleep(capture, pair.reader(), pair.link(), napMillis());
    }

    private int turn() {
        int work = runTasks();
        if (stopped) return work; // the wrap may be gone: nothing of it may be read any more
        long now = Sys.bootNanos();
        work += drain.batch(now);
        work += words.afterDrain(capture.drained());
        engine.wordsTaken();
        work += meetPeer(now);
        work += readLog();
        standby.turn();
        if (pair.asked().probe) pollAddressProbe(now);
        machine.tick(Sys.bootNanos());
        if (ledger.handoverEpoch() >= 0) machine.onHandover(ledger.handoverEpoch(), Sys.bootNanos());
        long epoch = pair.asked().takeTakeover();
        if (epoch != 0) takeOver(epoch);
        due(Sys.bootNanos());
        return work;
    }

    private int runTasks() {
        int n = 0;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll(), n++) task.run();
        return n;
    }

    private int meetPeer(long now) {
        PeerLink link = pair.link();
        if (link != null) {
            Signal signal = link.poll();
            if (signal == Signal.PEER_GONE) onPeerGone();
        }
        PeerLink fresh = peers.next();
        if (fresh == null) return 0;
        if (machine.role() == Role.UNPROTECTED) {
            pair.offered(fresh);
            standby.begin(now);
            machine.onPeerJoined(now);
        } else {
            fresh.close();
        }
        return 1;
    }

    private void onPeerGone() {
        Role role = machine.role();
        if (role == Role.TAKEOVER) return; // its memory is this host's own: what it wrote stays readable
        readLog();
        machine.onPeerGone(Sys.bootNanos());
    }

    private int readLog() {
        LogReader reader = pair.reader();
        if (reader == null) return 0;
        ledger.now(Sys.bootNanos());
        try {
            pair.report(service.answers()); // of the turn before
            return reader.poll(ledger, LOG_LIMIT);
        } catch (RingCorruptException e) {
            LOG.error("event=link-corrupt reason=\"{}\"", e.getMessage());
            pair.dropCopy();
            return 0;
        }
    }

    private void pollAddressProbe(long now) {
        String owner = address.pollProbe(now);
        if (owner == null) return;
        pair.asked().probe = false;
        machine.onAddressProbe(!owner.isEmpty(), owner, Sys.bootNanos());
    }

    private void takeOver(long epoch) {
        RoleStatus status = machine.status();
        long cpu = Sys.clockNanos(Sys.CLOCK_THREAD_CPUTIME_ID);
        TakeoverTrigger trigger = new TakeoverTrigger(
                status.reason(), status.beatSeenNanos(), pair.asked().promotedNanos, Sys.bootNanos());
        for (int i = 0; i < FINAL_DRAIN_TURNS && readLog() > 0; i++) {}
        boolean planned = ledger.handoverEpoch() == epoch;
        gate.flags(Gate.DOUBT, true); // no RST for connections that this kernel does not have yet
        gate.mode(GateMode.OPEN);
        try {
            TakeoverReport report = takeover.run(ledger, trigger, address);
            history.add(epoch, report);
            List<FlowLedger> suspects = new ArrayList<>();
            if (!planned) engine.forEach(suspects::add);
            restart.tookOver(suspects, Sys.bootNanos());
            long cpuNanos = Sys.clockNanos(Sys.CLOCK_THREAD_CPUTIME_ID) - cpu;
            LOG.info("event=takeover epoch={} {} cpu_ms={}", epoch, report, TakeoverReport.millis(cpuNanos));
            pair.dropPeer();
            machine.onTakeoverDone(Sys.bootNanos());
        } catch (RuntimeException e) {
            LOG.error("event=takeover-failed reason=\"{}\"", e.getMessage(), e);
            gate.mode(GateMode.CLOSED);
            machine.onTakeoverFailed(String.valueOf(e.getMessage()), Sys.bootNanos());
        } finally {
            gate.flags(Gate.DOUBT, takeover.hasWaiting());
        }
    }

    private void due(long now) {
        if (now - maintainNanos >= MAINTAIN_NANOS) {
            maintainNanos = now;
            gate.attended(now + ATTENDED_NANOS);
            engine.maintain(now);
            lostNotes.turn(capture.drained(), now);
            drain.ringDoorbell();
            address.turn(now);
            standby.watch(now);
            boolean hears = machine.role() == Role.STANDBY || machine.role() == Role.TAKEOVER;
            if (hears) takeover.listen(!heard);
            heard = hears;
            service.observe(machine.role() == Role.JOINING || machine.role() == Role.STANDBY);
            service.guard(machine.role().isOwner() && !restart.underWay());
            restart.turn(now);
            observer.onTurn(now);
        }
        if (takeover.hasWaiting()) {
            if (machine.role().isOwner()) takeover.continueWaiting();
            else takeover.abandonWaiting();
            if (!takeover.hasWaiting() && !restart.underWay()) gate.flags(Gate.DOUBT, false);
        }
    }

    private int napMillis() {
        if (takeover.hasWaiting() || restart.underWay() || pair.asked().urgent() || engine.hasPending()) return 2;
        long left = machine.nextTick() - Sys.bootNanos();
        return (int) Math.max(1, Math.min(left / 1_000_000L, 20));
    }
}
