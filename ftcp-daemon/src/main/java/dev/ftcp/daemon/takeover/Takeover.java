package dev.ftcp.daemon.takeover;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.follow.FollowConfig;
import dev.ftcp.core.follow.SessionRebuild;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.ledger.SparseLog;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.daemon.relay.CommittedBytes;
import dev.ftcp.daemon.relay.Relay;
import dev.ftcp.daemon.relay.RelayListener;
import dev.ftcp.daemon.relay.RelayedFlow;
import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.PacketSender;
import dev.ftcp.xen.packet.ProbeFrames;
import dev.ftcp.xen.tcprepair.RestoreSpec;
import dev.ftcp.xen.tcprepair.TcpRestore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
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
    private static final long RTO_NANOS = 200_000_000L;
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final int SPARE_WINDOW = 64 << 10;
    private static final int HEADERS = 128;

    private final FollowConfig config;
    private final FlowEngine engine;
    private final Relay relay;
    private final TcpRestore restore = new TcpRestore();
    private final PacketSender sender;
    private final ProbeFrames frames;
    private final long sourceMac;
    private final Prober prober;
    private final LongSupplier clock;
    private final RelayListener listener;
    private final Consumer<Runnable> coreLoop;
    private final FrameWriter writer = new FrameWriter(HEADERS);
    private final Map<FlowKey, FlowLedger> waiting = new LinkedHashMap<>();
    private long waitingSince;
    private int reset;

    /**
     * @param sourceMac Ethernet address of this host's interface
     * @param coreLoop runs a task on the core loop, in order, before it drains the next capture
     */
    public Takeover(
            FollowConfig config,
            FlowEngine engine,
            Relay relay,
            PacketSender sender,
            PacketReceiver receiver,
            long sourceMac,
            LongSupplier clock,
            RelayListener listener,
            Consumer<Runnable> coreLoop) {
        this.config = config;
        this.engine = engine;
        this.relay = relay;
        this.sender = sender;
        this.sourceMac = sourceMac;
        this.frames = new ProbeFrames(sender, sourceMac);
        this.prober = new Prober(frames, receiver, clock);
        this.clock = clock;
        this.listener = listener;
        this.coreLoop = coreLoop;
    }

    /** Connections reset because they could not be continued, since the daemon started. */
    public int resets() {
        return reset;
    }

    /** Makes classes and native code warm. */
    public void rehearse() {
        restore.rehearse(200);
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
        List<Restored> restored = new ArrayList<>();
        for (FlowLedger flow : flows.values()) {
            ProbeAnswer answer = prober.answers().get(flow.opening().key());
            if (answer == null) {
                waiting.put(flow.opening().key(), flow);
                continue;
            }
            Restored r = restoreOne(flow, answer, resets);
            if (r != null) restored.add(r);
        }
        long t2 = clock.getAsLong();
        addressesUp.run();
        for (Restored r : restored) hand(r, silentNanos);
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

    /** Clients that did not answer are asked again, and continued as soon as they do; for 30 seconds. */
    public void continueWaiting() {
        if (waiting.isEmpty()) return;
        prober.collect();
        List<String> resets = new ArrayList<>();
        waiting.values().removeIf(flow -> {
            ProbeAnswer answer = prober.answers().get(flow.opening().key());
            if (answer == null) {
                prober.send(flow);
                return false;
            }
            Restored r = restoreOne(flow, answer, resets);
            if (r != null) hand(r, 0);
            return true;
        });
        if (clock.getAsLong() - waitingSince > PATIENCE_NANOS) {
            waiting.values().forEach(f -> {
                LOG.warn(
                        "event=lost flow={} reason=\"the client did not answer\"",
                        f.opening().key());
                f.release();
                reset++;
            });
            waiting.clear();
        }
    }

    /** What is between repair mode and the relay. */
    private record Restored(
            FlowLedger ledger,
            int slot,
            int fd,
            ProbeAnswer answer,
            int sndNxt,
            int rcvNxt,
            Continuation continuation,
            CommittedBytes tail,
            CommittedBytes clientBytes) {}

    private @Nullable Restored restoreOne(FlowLedger flow, ProbeAnswer answer, List<String> resets) {
        Opening o = flow.opening();
        String why = flow.unprotected();
        long position = Seq.offset(answer.rcvNxt(), o.serverIsn(), flow.serverEnd());
        boolean finTaken = flow.serverFin() && position == flow.serverEnd() + 1;
        if (finTaken) position--;
        if (why == null && position < flow.safeServer() && !flow.server().covers(position, flow.safeServer()))
            why = "bytes before the safe point are not retained";
        if (why == null && Seq.before(answer.sndNxt(), committedAck(flow)))
            why = "the client does not know bytes that it sent";
        if (why != null) {
            resetClient(flow, answer, why, resets);
            return null;
        }
        ResumePoint point = new ResumePoint(
                flow.safeClient(),
                flow.safeServer(),
                flow.clientEnd(),
                flow.serverEnd(),
                Math.max(position, flow.safeServer()),
                flow.clientFin(),
                flow.serverFin());
        Continuation continuation = SessionRebuild.toResume(config, flow).resume(point);
        int sndNxt = answer.rcvNxt();
        int rcvNxt = committedAck(flow);
        int fd;
        try {
            fd = restore.restore(spec(flow, answer, sndNxt, rcvNxt));
        } catch (SyscallException e) {
            resetClient(flow, answer, "restore: " + e.getMessage(), resets);
            return null;
        }
        CommittedBytes tail = tail(flow, position);
        CommittedBytes clientBytes = RetainedCopy.of(flow);
        int slot = engine.continueFlow(flow, position, clock.getAsLong());
        if (slot < 0) {
            TcpRestore.abandon(fd);
            tail.close();
            clientBytes.close();
            resetClient(flow, answer, "limits.connections reached", resets);
            return null;
        }
        return new Restored(flow, slot, fd, answer, sndNxt, rcvNxt, vouch(continuation, slot), tail, clientBytes);
    }

    private Continuation vouch(Continuation continuation, int slot) {
        return new Vouching(continuation, (offset, bytes) -> coreLoop.accept(() -> engine.vouch(slot, offset, bytes)));
    }

    private RestoreSpec spec(FlowLedger flow, ProbeAnswer answer, int sndNxt, int rcvNxt) {
        Opening o = flow.opening();
        int inFlight = Math.max(answer.sndNxt() - rcvNxt, 0);
        int tsval = flow.tsval(clock.getAsLong());
        if (o.timestamps()) tsval = Seq.max(tsval, answer.tsecr()) + 1;
        return new RestoreSpec(
                o.key(),
                sndNxt,
                rcvNxt,
                answer.window() << Math.max(o.clientWindowScale(), 0),
                inFlight + SPARE_WINDOW,
                o.clientMss(),
                o.clientWindowScale(),
                o.serverWindowScale(),
                o.sack(),
                o.timestamps(),
                tsval,
                0);
    }

    private void hand(Restored r, long silentNanos) {
        Opening o = r.ledger.opening();
        try {
            restore.resume(r.fd);
        } catch (SyscallException e) {
            LOG.error("event=reset flow={} reason=\"{}\"", o.key(), e.getMessage());
            TcpRestore.abandon(r.fd);
            engine.forget(r.slot);
            reset++;
            return;
        }
        int tsval = o.timestamps() ? restore.timestamp(r.fd) : 0;
        relay.adopt(new RelayedFlow(
                r.slot,
                o.key().toString(),
                r.fd,
                r.continuation,
                r.clientBytes,
                r.tail,
                r.ledger.clientFin(),
                r.ledger.serverFin(),
                true,
                listener));
        if (!Seq.after(r.answer.sndNxt(), r.rcvNxt)) return;
        if (clock.getAsLong() - silentNanos > RTO_NANOS) {
            frames.revertBackoff(o.key(), o.peerMac(), r.rcvNxt);
        } else if (o.sack()) {
            int window = Math.min(0xFFFF, (1 << 20) >> Math.max(o.serverWindowScale(), 0));
            frames.resend(
                    o.key(),
                    o.peerMac(),
                    r.sndNxt,
                    r.rcvNxt,
                    r.answer.sndNxt(),
                    o.clientMss(),
                    window,
                    o.timestamps(),
                    tsval,
                    r.answer.tsval());
        }
    }

    private void resetClient(FlowLedger flow, ProbeAnswer answer, String reason, List<String> resets) {
        Opening o = flow.opening();
        writer.toClient(o.key(), sourceMac, o.peerMac())
                .segment(answer.rcvNxt(), committedAck(flow), FrameWriter.RST | FrameWriter.ACK, 0);
        sender.send(writer);
        flow.release();
        reset++;
        resets.add(o.key() + ": " + reason);
        LOG.warn("event=reset flow={} reason=\"{}\"", o.key(), reason);
    }

    private static int committedAck(FlowLedger flow) {
        return Seq.at(flow.opening().clientIsn(), flow.clientEnd()) + (flow.clientFin() ? 1 : 0);
    }

    /** What the client lacks of the time before the safe point. */
    private static CommittedBytes tail(FlowLedger flow, long position) {
        if (position >= flow.safeServer()) return CommittedBytes.none();
        List<ByteBuffer> pieces = new ArrayList<>();
        flow.server().forEach(position, flow.safeServer(), new SparseLog.Visitor() {
            @Override
            public void onBytes(long offset, ByteBuffer bytes) {
                pieces.add(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
            }

            @Override
            public void onGap(long offset, long length) {}
        });
        return CommittedBytes.of(pieces);
    }
}
