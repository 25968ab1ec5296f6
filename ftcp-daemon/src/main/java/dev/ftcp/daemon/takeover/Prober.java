package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.ProbeFrames;
import dev.ftcp.xen.packet.TcpFrameReader;
import java.util.HashMap;
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

    Prober(ProbeFrames frames, PacketReceiver receiver, LongSupplier clock) {
        this.frames = frames;
        this.receiver = receiver;
        this.clock = clock;
    }

    /** Forgets what was heard before: an old answer is not an answer, and a host that was the owner has heard a lot. */
    void reset() {
        while (receiver.drain(segment -> {}) > 0) {}
        answers.clear();
    }

    /** Asks all, again those that do not answer, and returns when all have or the patience is over. */
    void ask(Map<FlowKey, FlowLedger> flows) {
        Set<FlowKey> open = flows.keySet();
        for (long round : ROUND_NANOS) {
            flows.forEach((key, flow) -> {
                if (!answers.containsKey(key)) send(flow);
            });
            long until = clock.getAsLong() + round;
            while (clock.getAsLong() < until) {
                collect();
                if (answers.keySet().containsAll(open)) return;
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    /** Sends one probe. */
    void send(FlowLedger flow) {
        Opening o = flow.opening();
        int sndUna = Seq.at(o.serverIsn(), flow.acked());
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

    /** Any segment tells how far its sender is; the one with the highest sequence number tells most. */
    private void onSegment(TcpFrameReader s) {
        if (!s.has(0x10) || s.has(0x04)) return;
        FlowKey key = s.keyFromClient();
        ProbeAnswer before = answers.get(key);
        int sndNxt = before == null ? s.endSeq() : Seq.max(before.sndNxt(), s.endSeq());
        int rcvNxt = before == null ? s.ack() : Seq.max(before.rcvNxt(), s.ack());
        answers.put(key, new ProbeAnswer(rcvNxt, sndNxt, s.window(), s.tsval(), s.tsecr()));
    }
}
