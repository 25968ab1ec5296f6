package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.ProbeFrames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Continues the connections of a ledger in this host's kernel (DESIGN, section 6). The order matters:
 *
 * <ol>
 *   <li>the neighbours are told, or the clients' answers go to the old host;
 *   <li>every client is asked how far it is;
 *   <li>every connection is restored in repair mode, and its slot bound, while the address is not up: the kernel would answer
 *       segments of connections that it does not have yet with RST;
 *   <li>the address comes up, the connections leave repair mode and go to the relay;
 *   <li>clients with bytes in flight are made to send them again.
 * </ol>
 *
 * Core loop only.
 */
public final class Takeover {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Restorer restorer;
    private final Prober prober;
    private final LongSupplier clock;
    private final Map<FlowKey, FlowLedger> waiting = new LinkedHashMap<>();
    private long waitingSince;
    private int lost;

    /**
     * @param restorer continues one connection
     * @param frames where probes go; the same interface as {@code receiver}
     */
    public Takeover(Restorer restorer, ProbeFrames frames, PacketReceiver receiver, LongSupplier clock) {
        this.restorer = restorer;
        this.prober = new Prober(frames, receiver, clock);
        this.clock = clock;
    }

    /** Connections that could not be continued, since the daemon started. */
    public int resets() {
        return lost + restorer.resets();
    }

    /** Makes classes and native code warm. */
    public void rehearse() {
        restorer.rehearse();
    }

    /** Whether some clients have not answered yet. */
    public boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /**
     * Takes over everything in the ledger, whose connections belong to the engine afterwards.
     *
     * @param cause for the report
     * @param promotedNanos when the promotion was won
     * @param silentNanos when the old owner was heard of last
     * @param announce tells the neighbours
     * @param addressesUp brings the service addresses up
     */
    public TakeoverReport run(
            Ledger ledger,
            String cause,
            long promotedNanos,
            long silentNanos,
            Runnable announce,
            Runnable addressesUp) {
        long t0 = clock.getAsLong();
        List<String> resets = new ArrayList<>();
        Map<FlowKey, FlowLedger> flows = new HashMap<>();
        ledger.forEach(f -> flows.put(f.opening().key(), f));
        ledger.handedOver(); // or a later clear() would free what the engine uses
        prober.reset();
        announce.run();
        prober.ask(flows);
        long t1 = clock.getAsLong();
        List<Restorer.Restored> restored = new ArrayList<>();
        for (FlowLedger flow : flows.values()) {
            if (prober.isGone(flow.opening().key())) {
                flow.release();
                continue;
            }
            ProbeAnswer answer = prober.answers().get(flow.opening().key());
            if (answer == null) {
                waiting.put(flow.opening().key(), flow);
                continue;
            }
            Restorer.Restored r = restorer.restore(flow, answer, resets);
            if (r != null) restored.add(r);
        }
        long t2 = clock.getAsLong();
        addressesUp.run();
        for (Restorer.Restored r : restored) restorer.hand(r, silentNanos);
        waitingSince = clock.getAsLong();
        long t3 = clock.getAsLong();
        return new TakeoverReport(
                cause,
                promotedNanos,
                t0 - promotedNanos,
                t1 - t0,
                t2 - t1,
                t3 - t2,
                restored.size(),
                waiting.size(),
                resets);
    }

    /** Another host owns the connections now. */
    public void abandonWaiting() {
        waiting.values().forEach(FlowLedger::release);
        waiting.clear();
    }

    /** Clients that did not answer are asked again, and continued as soon as they do; for 30 seconds. */
    public void continueWaiting() {
        if (waiting.isEmpty()) return;
        prober.collect();
        List<String> resets = new ArrayList<>();
        waiting.values().removeIf(flow -> {
            if (prober.isGone(flow.opening().key())) {
                flow.release();
                return true;
            }
            ProbeAnswer answer = prober.answers().get(flow.opening().key());
            if (answer == null) {
                prober.send(flow);
                return false;
            }
            Restorer.Restored r = restorer.restore(flow, answer, resets);
            if (r != null) restorer.hand(r, 0);
            return true;
        });
        if (clock.getAsLong() - waitingSince > PATIENCE_NANOS) {
            waiting.values().forEach(f -> {
                LOG.warn(
                        "event=lost flow={} reason=\"the client did not answer\"",
                        f.opening().key());
                f.release();
                lost++;
            });
            waiting.clear();
        }
    }
}
