package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.ProbeFrames;
import dev.ftcp.xen.packet.TcpFrameReader;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Asks clients how far they are and collects their answers. Core loop only. */
final class Prober {
    /** Gets what the clients say. */
    interface Listener {
        /** This client's newest answer: a pure ACK, whose sequence number is its snd_nxt. May call {@link #hear}. */
        void onAnswer(FlowLedger flow, ProbeAnswer answer);

        /** This client does not know the connection any more. */
        void onGone(FlowLedger flow);
    }

    private static final int WINDOW = 1000;
    /** What a SYN can offer, and no more than the restored socket does. */
    private static final int OPENING_WINDOW = 0xFFFF;
    /** Bytes of the service that a client can have of a connection of which the log has the opening only: a send buffer, at most. */
    private static final int MOST_AHEAD = 16 << 20;

    private final ProbeFrames frames;
    private final PacketReceiver receiver;
    private final LongSupplier clock;
    private final Predicate<FlowKey> hasSocket;
    private final Map<FlowKey, FlowLedger> asked = new HashMap<>();
    private final Map<FlowKey, ProbeAnswer> heard = new HashMap<>();
    private final Turns turns = new Turns();
    private final Unheard unheard;
    /** Where this host's TCP does not take openings yet: they are kept. */
    private final Set<InetAddress> keepingAt = new HashSet<>();

    /** @param hasSocket whether this host's TCP has, or opens, this connection by itself */
    Prober(ClientNet net, LongSupplier clock, Predicate<FlowKey> hasSocket) {
        this.hasSocket = hasSocket;
        this.frames = net.probes();
        this.receiver = net.receiver();
        this.clock = clock;
        this.unheard = new Unheard(receiver);
    }

    /** Standby: takes note of what clients say, passed on by the owner that gives its place to this host. */
    void listen() {
        long now = clock.getAsLong();
        while (receiver.drain(segment -> hear(segment, now)) > 0) {}
    }

    private void hear(TcpFrameReader s, long now) {
        unheard.opening(s, now);
        if (s.payloadLength() > 0) unheard.data(s.keyFromClient(), s, now);
    }

    /**
     * Forgets what was heard before, for an old answer is not an answer.
     *
     * @param flows are going to be asked, by {@link #askNext}
     * @param vips where this host is going to take openings, by {@link #takeOpenings}
     */
    void reset(List<FlowLedger> flows, List<InetAddress> vips) {
        listen();
        clear();
        keepingAt.addAll(vips);
        for (FlowLedger flow : flows) {
            FlowKey key = flow.opening().key();
            asked.put(key, flow);
            turns.add(flow);
            if (unheard.hasData(key)) turns.spoke(flow);
        }
    }

    /** Whether somebody is to be asked who has not answered unasked. */
    boolean hasUnasked() {
        return turns.hasUnasked();
    }

    /** Asks so many at most. */
    void askNext(int most) {
        for (int i = 0; i < most && turns.hasUnasked(); i++) ask(turns.toAsk());
    }

    /** Forgets all of it: what was heard so far was said to an owner, which is a lot. */
    void forgetAll() {
        while (receiver.drain(segment -> {}) > 0) {}
        clear();
        unheard.clear();
    }

    private void clear() {
        asked.clear();
        heard.clear();
        turns.clear();
        keepingAt.clear();
    }

    /**
     * This host's TCP takes openings at {@code vip} since a moment ago. Gives away those that were heard shortly before and that it has not taken. Of later ones nobody
     * knows: said again after the connection has ended, they would open it once more. Those of connections that are asked are opened by that.
     */
    void takeOpenings(InetAddress vip, Consumer<ByteBuffer> to) {
        keepingAt.remove(vip);
        unheard.takeOpenings(vip, clock.getAsLong(), key -> !asked.containsKey(key) && !hasSocket.test(key), to);
    }

    /** Gives away what is known of the client's next bytes, or null. */
    Unheard.@Nullable Data takeData(FlowLedger flow) {
        return unheard.takeData(flow.opening().key(), flow.committedAck(), clock.getAsLong());
    }

    /** Sends one probe. */
    void ask(FlowLedger flow) {
        Opening o = flow.opening();
        asked.put(o.key(), flow);
        int tsval = flow.tsval(clock.getAsLong());
        if (isOpening(flow)) {
            frames.synAck(
                    o.key(),
                    o.peerMac(),
                    o.serverIsn(),
                    flow.committedAck(),
                    OPENING_WINDOW,
                    o.serverWindowScale(),
                    o.sack(),
                    o.timestamps(),
                    tsval);
            return;
        }
        int sndUna = Seq.at(o.serverIsn(), flow.acked());
        frames.probe(o.key(), o.peerMac(), sndUna, flow.committedAck(), WINDOW, o.timestamps(), tsval, 0);
    }

    private static boolean isOpening(FlowLedger flow) {
        return flow.fresh() && flow.acked() == 0 && !flow.clientFin() && !flow.serverFin();
    }

    /** Nothing more is to be heard of this connection. */
    void forget(FlowLedger flow) {
        asked.remove(flow.opening().key());
        heard.remove(flow.opening().key());
        turns.remove(flow);
    }

    /** What is known of a client by now, from a pure ACK or anything else that it said; null if nothing. */
    @Nullable
    ProbeAnswer known(FlowLedger flow) {
        return heard.get(flow.opening().key());
    }

    /** Hands over the answers that have come, as it is their {@link Turns}; returns whether there were segments at all. */
    boolean collect(Listener listener) {
        boolean some = hear(listener);
        for (FlowLedger flow = turns.toContinue(); flow != null; flow = turns.toContinue()) {
            ProbeAnswer answer = known(flow);
            if (answer != null) listener.onAnswer(flow, answer);
        }
        return some;
    }

    /** Takes note of what has come; returns whether there were segments at all. */
    boolean hear(Listener listener) {
        return receiver.drain(segment -> onSegment(segment, listener)) > 0;
    }

    /** Any segment tells how far its sender is; the one with the highest sequence number tells most. */
    private void onSegment(TcpFrameReader s, Listener listener) {
        FlowKey key = s.keyFromClient();
        FlowLedger flow = asked.get(key);
        if (flow == null) {
            if (keepingAt.contains(key.vip())) unheard.opening(s, clock.getAsLong());
            return;
        }
        if (s.has(FrameWriter.RST)) {
            // The answer to a probe carries the probe's acknowledgement (RFC 9293, 3.10.7.1); other RSTs may be forged.
            if (s.seq() == flow.committedAck()) listener.onGone(flow);
            return;
        }
        if (!s.has(FrameWriter.ACK)) {
            if (s.has(FrameWriter.SYN) && !isAnswered(s, flow)) listener.onGone(flow);
            return;
        }
        if (isOfAnother(s, flow)) {
            listener.onGone(flow);
            return;
        }
        unheard.nextData(key, s, flow.committedAck(), clock.getAsLong());
        if (s.payloadLength() > 0) turns.spoke(flow);
        // It is older than what the log has of this client.
        if (Seq.before(s.ack(), Seq.at(flow.opening().serverIsn(), flow.acked()))) return;
        ProbeAnswer before = heard.get(key);
        int end = isAboutThePast(s, flow) ? Seq.max(s.endSeq(), flow.committedAck()) : s.endSeq();
        int sndNxt = before == null ? end : Seq.max(before.sndNxt(), end);
        int rcvNxt = before == null ? s.ack() : Seq.max(before.rcvNxt(), s.ack());
        ProbeAnswer answer = new ProbeAnswer(rcvNxt, sndNxt, s.window(), s.tsval(), s.tsecr());
        heard.put(key, answer);
        boolean newest = !isAboutThePast(s, flow) && !Seq.before(sndNxt, flow.committedAck());
        if (newest) turns.answered(flow, Seq.after(sndNxt, flow.committedAck()));
    }

    /**
     * A SYN-ACK has not come, or not yet, and the question, which is the same, answers this SYN. Unless this host's TCP does: it may have the service
     * address by now. Any other SYN comes from a client that has forgotten the connection and opens it anew.
     */
    private boolean isAnswered(TcpFrameReader s, FlowLedger flow) {
        return isOpening(flow)
                && s.seq() == flow.opening().clientIsn()
                && !hasSocket.test(flow.opening().key());
    }

    /**
     * The client speaks of another connection of the same addresses and ports, which it may have closed: it does not want this opening, nor does it say
     * so with a RST (RFC 9293, section 3.10.7.4, of an old SYN-ACK).
     */
    private static boolean isOfAnother(TcpFrameReader s, FlowLedger flow) {
        return isOpening(flow)
                && s.payloadLength() == 0
                && Integer.compareUnsigned(s.ack() - flow.opening().serverIsn() - 1, MOST_AHEAD) > 0;
    }

    /** Of data that is sent again, and of a keep-alive probe, the sequence number is an old one: more may have been sent after it. */
    private static boolean isAboutThePast(TcpFrameReader s, FlowLedger flow) {
        return s.payloadLength() > 0 && !s.has(FrameWriter.FIN) || s.seq() == flow.committedAck() - 1;
    }
}
