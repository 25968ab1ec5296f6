package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.ProbeFrames;
import dev.ftcp.xen.packet.TcpFrameReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Asks clients how far they are and collects their answers. Core loop only. */
final class Prober {
    private static final long[] ROUND_NANOS = {5_000_000L, 10_000_000L, 20_000_000L};
    private static final long POLL_NANOS = 50_000L;
    private static final int WINDOW = 1000;

    private final ProbeFrames frames;
    private final PacketReceiver receiver;
    private final LongSupplier clock;
    private final Map<FlowKey, ProbeAnswer> answers = new HashMap<>();
    private final Map<FlowKey, Integer> asked = new HashMap<>();
    private final Set<FlowKey> gone = new HashSet<>();

    Prober(ProbeFrames frames, PacketReceiver receiver, LongSupplier clock) {
        this.frames = frames;
        this.receiver = receiver;
        this.clock = clock;
    }

    /** Forgets what was heard before: an old answer is not an answer. */
    void reset() {
        receiver.drain(segment -> {});
        answers.clear();
        asked.clear();
        gone.clear();
    }

    /** Asks all, again those that do not answer, and returns when all have or the patience is over. */
    void ask(Map<FlowKey, FlowLedger> flows) {
        Set<FlowKey> open = flows.keySet();
        for (long round : ROUND_NANOS) {
            flows.forEach((key, flow) -> {
                if (!isDecided(key)) send(flow);
            });
            long until = clock.getAsLong() + round;
            while (clock.getAsLong() < until) {
                collect();
                if (answers.size() + gone.size() >= open.size() && open.stream().allMatch(this::isDecided)) return;
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    /** Sends one probe. */
    void send(FlowLedger flow) {
        Opening o = flow.opening();
        int sndUna = Seq.at(o.serverIsn(), flow.acked());
        asked.put(o.key(), flow.committedAck());
        frames.probe(
                o.key(),
                o.peerMac(),
                sndUna,
                flow.committedAck(),
                WINDOW,
                o.timestamps(),
                flow.tsval(clock.getAsLong()),
                0);
    }

    /** Takes the answers that have come. */
    void collect() {
        receiver.drain(this::onSegment);
    }

    Map<FlowKey, ProbeAnswer> answers() {
        return answers;
    }

    /**
     * Whether the client does not have the connection: it answers with a reset, or opens another one with the same ports. Before its
     * SYN-ACK was sent it does not have it either, and opens it anew.
     */
    boolean isGone(FlowKey key) {
        return gone.contains(key);
    }

    private boolean isDecided(FlowKey key) {
        return answers.containsKey(key) || gone.contains(key);
    }

    /** Any segment tells how far its sender is; the one with the highest sequence number tells most. */
    private void onSegment(TcpFrameReader s) {
        boolean ack = s.has(FrameWriter.ACK);
        FlowKey key = s.keyFromClient();
        if (s.has(FrameWriter.RST)) {
            // The answer to a probe has the probe's acknowledgement as its sequence number; others may be old or
            // forged.
            Integer expected = asked.get(key);
            if (expected != null && expected == s.seq()) gone.add(key);
            return;
        }
        if (!ack) {
            if (s.has(FrameWriter.SYN) && asked.containsKey(key)) gone.add(key);
            return;
        }
        if (!asked.containsKey(key)) return;
        ProbeAnswer before = answers.get(key);
        int sndNxt = before == null ? s.endSeq() : Seq.max(before.sndNxt(), s.endSeq());
        int rcvNxt = before == null ? s.ack() : Seq.max(before.rcvNxt(), s.ack());
        answers.put(key, new ProbeAnswer(rcvNxt, sndNxt, s.window(), s.tsval(), s.tsecr()));
    }
}
