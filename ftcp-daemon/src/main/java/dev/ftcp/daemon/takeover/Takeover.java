package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.SocketList;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Continues the connections of a ledger in this host's kernel. The order matters:
 *
 * <ol>
 *   <li>the neighbours are told, or the clients' answers go to the old host;
 *   <li>every client is asked how far it is, in batches;
 *   <li>the addresses come up. For segments of connections that are not restored yet the kernel makes RSTs; the gate, which is in doubt, swallows them;
 *   <li>each connection whose client has answered is restored in repair mode, its slot bound; it leaves repair mode, goes to the
 *       relay, and a client with bytes in flight is made to send them again. Nobody waits for the slowest client, and
 *       those for whom nothing is under way wait for the others ({@link Turns}).
 * </ol>
 *
 * Core loop only.
 */
public final class Takeover {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);
    /** Asked at once: then those are continued for whom something is under way. */
    private static final int BATCH = 32;

    private static final long[] ROUND_NANOS = {5_000_000L, 10_000_000L, 20_000_000L};
    /** As long as the relay and the service need to begin with a batch, on one processor; not for all batches, where everybody waits. */
    private static final long GIVE_WAY_NANOS = 2_000_000L;

    private static final int GIVE_WAY_TIMES = 3;

    private static final long POLL_NANOS = 50_000L;
    private static final long AGAIN_NANOS = 200_000_000L;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Restorer restorer;
    private final Prober prober;
    private final ClientNet net;
    private final LongSupplier clock;
    private final Consumer<String> onLost;
    private final Set<FlowLedger> waiting = new LinkedHashSet<>();
    private long waitingSince;
    private long askedNanos;
    private List<String> lateResets = new ArrayList<>();
    private int lost;
    private int continued;

    /**
     * @param restorer continues one connection
     * @param net where clients are; stays the caller's
     * @param onLost is told of each connection that is given up after the report: its name, and why
     */
    public Takeover(Restorer restorer, ClientNet net, LongSupplier clock, Consumer<String> onLost) {
        this.restorer = restorer;
        this.prober = new Prober(net, clock, SocketList::has);
        this.net = net;
        this.clock = clock;
        this.onLost = onLost;
    }

    /** Connections that could not be continued, since the daemon started. */
    public int resets() {
        return lost + restorer.resets();
    }

    /** Connections that were continued, since the daemon started. */
    public int continued() {
        return continued;
    }

    /** Connections of {@link #continueWaiting} that could not be continued, each with its reason, since this was called last. */
    public List<String> takeLateResets() {
        List<String> taken = lateResets;
        lateResets = new ArrayList<>();
        return taken;
    }

    /** Whether this connection's client has not answered yet. */
    public boolean awaits(FlowLedger flow) {
        return waiting.contains(flow);
    }

    /**
     * Standby: hears what clients say, for the case that this host has to answer. Call it every few milliseconds.
     *
     * @param begins the first time since this host was no standby
     */
    public void listen(boolean begins) {
        if (begins) prober.forgetAll();
        else prober.listen();
    }

    /** Whether some clients have not answered yet. */
    public boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /**
     * Takes over everything in the ledger, whose connections belong to the engine afterwards.
     *
     * @param trigger what led to it
     * @param addresses are announced, and come up
     */
    public TakeoverReport run(Ledger ledger, TakeoverTrigger trigger, ServiceAddresses addresses) {
        Stopwatch watch = new Stopwatch(clock);
        List<FlowLedger> flows = new ArrayList<>();
        ledger.forEach(flows::add);
        ledger.handedOver(); // or a later clear() would free what the engine uses
        waiting.clear();
        waiting.addAll(flows);
        restorer.begin();
        prober.reset(flows, addresses.vips());
        addresses.announce();
        Pass pass = new Pass(trigger.silentNanos(), watch);
        for (boolean first = true; first || prober.hasUnasked(); first = false) {
            prober.askNext(BATCH);
            watch.lap(Stopwatch.PROBE);
            if (first) answer(addresses, pass);
            prober.collect(pass);
            pass.giveWay();
        }
        awaitAnswers(pass, watch);
        waitingSince = clock.getAsLong();
        askedNanos = waitingSince;
        return new TakeoverReport(
                trigger.cause(),
                trigger.promotedNanos(),
                trigger.promotedNanos() - trigger.silentNanos(),
                trigger.leaseEndNanos() - trigger.promotedNanos(),
                watch.begunNanos() - trigger.leaseEndNanos(),
                watch.nanos(Stopwatch.PROBE),
                watch.nanos(Stopwatch.RESTORE),
                watch.nanos(Stopwatch.REPLAY),
                pass.continued,
                pass.gone,
                waiting.size(),
                pass.resets);
    }

    /**
     * Continues connections of this host, which the engine follows, as their clients answer: see {@link #continueWaiting}. Until then the gate has
     * to be in doubt.
     */
    public void begin(List<FlowLedger> flows) {
        restorer.begin();
        if (waiting.isEmpty()) prober.forgetAll();
        waiting.addAll(flows);
        waitingSince = clock.getAsLong();
        askedNanos = waitingSince;
        flows.forEach(prober::ask);
    }

    /**
     * From here on this host's TCP takes openings, and those of the last moments before. One address after the other, each with its openings at once: what
     * TCP has taken by itself may be open, served and closed a moment later, and said again it would open for nobody.
     */
    private void answer(ServiceAddresses addresses, Pass pass) {
        prober.hear(pass);
        for (InetAddress vip : addresses.vips()) {
            addresses.up(vip);
            prober.hear(pass);
            prober.takeOpenings(vip, net.inward()::again);
        }
    }

    private void awaitAnswers(Pass pass, Stopwatch watch) {
        for (int round = 0; round < ROUND_NANOS.length; round++) {
            if (round > 0) waiting.forEach(prober::ask);
            long until = clock.getAsLong() + ROUND_NANOS[round];
            while (!waiting.isEmpty() && clock.getAsLong() < until) {
                if (!prober.collect(pass)) LockSupport.parkNanos(POLL_NANOS);
            }
        }
        takeLastResort(pass);
        watch.lap(Stopwatch.PROBE);
    }

    /** Clients that were asked, and of which something else was heard. */
    private void takeLastResort(Pass pass) {
        for (FlowLedger flow : List.copyOf(waiting)) {
            ProbeAnswer answer = prober.known(flow);
            if (answer != null) pass.onAnswer(flow, answer);
        }
    }

    /** Nothing more is done for clients that have not answered: another host owns the connections now, or it has been too long. */
    public void abandonWaiting() {
        waiting.forEach(prober::forget);
        waiting.forEach(restorer::drop);
        waiting.clear();
    }

    /** Clients that did not answer are asked again, and continued as soon as they do; for 30 seconds. Call it every few milliseconds. */
    public void continueWaiting() {
        if (waiting.isEmpty()) return;
        int before = waiting.size();
        Pass pass = new Pass(0, new Stopwatch(clock));
        prober.collect(pass);
        long now = clock.getAsLong();
        if (now - askedNanos >= AGAIN_NANOS) {
            askedNanos = now;
            takeLastResort(pass);
            waiting.forEach(prober::ask);
        }
        if (now - waitingSince > PATIENCE_NANOS) {
            waiting.forEach(f -> {
                LOG.warn(
                        "event=lost flow={} reason=\"the client did not answer\"",
                        f.opening().key());
                onLost.accept(f.opening().key() + ": the client did not answer");
                lost++;
            });
            abandonWaiting();
        }
        lateResets.addAll(pass.resets);
        if (waiting.size() < before) {
            LOG.info(
                    "event=late continued={} gone={} reset={} waiting={} after_ms={}",
                    pass.continued,
                    pass.gone,
                    pass.resets.size(),
                    waiting.size(),
                    TakeoverReport.millis(now - waitingSince));
        }
    }

    /** Continues each connection as its client answers. */
    private final class Pass implements Prober.Listener {
        private final long silentNanos;
        private final Stopwatch watch;
        private final List<String> resets = new ArrayList<>();
        private int continued;
        private int gone;
        private boolean waitedFor;
        private int ways;

        Pass(long silentNanos, Stopwatch watch) {
            this.silentNanos = silentNanos;
            this.watch = watch;
        }

        /** After the continuation of requests that are under way: relay and service have the processor, for what remains is in no hurry. */
        void giveWay() {
            if (!waitedFor || ways == GIVE_WAY_TIMES) return;
            waitedFor = false;
            ways++;
            LockSupport.parkNanos(GIVE_WAY_NANOS);
            watch.lap(Stopwatch.REPLAY);
        }

        @Override
        public void onAnswer(FlowLedger flow, ProbeAnswer answer) {
            if (!restorer.isReady(flow)) return; // it is asked again
            waiting.remove(flow);
            watch.lap(Stopwatch.PROBE);
            Restorer.Restored restored = restorer.restore(flow, answer, resets);
            // What came after the answer and before the socket was there, nobody has taken.
            if (restored != null) prober.hear(this);
            Unheard.Data unheard = prober.takeData(flow);
            ProbeAnswer last = prober.known(flow);
            prober.forget(flow);
            watch.lap(Stopwatch.RESTORE);
            if (restored == null) return;
            waitedFor |= flow.clientEnd() > flow.safeClient();
            continued++;
            Takeover.this.continued++;
            restorer.hand(restored, last == null ? answer : last, silentNanos, unheard);
            watch.lap(Stopwatch.REPLAY);
        }

        @Override
        public void onGone(FlowLedger flow) {
            if (!waiting.remove(flow)) return; // it is restored already, and its socket will hear of it
            prober.forget(flow);
            restorer.drop(flow);
            gone++;
            LOG.debug("event=gone flow={}", flow.opening().key());
        }
    }
}
