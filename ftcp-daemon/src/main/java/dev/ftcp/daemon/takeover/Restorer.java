package dev.ftcp.daemon.takeover;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.follow.FollowConfig;
import dev.ftcp.core.follow.SessionRebuild;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.daemon.relay.CommittedBytes;
import dev.ftcp.daemon.relay.Relay;
import dev.ftcp.daemon.relay.RelayListener;
import dev.ftcp.daemon.relay.RelayedFlow;
import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.tcprepair.RestoreSpec;
import dev.ftcp.xen.tcprepair.TcpRestore;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Continues one connection: from its ledger and its client's answer to a socket of this kernel and a flow of the relay. Core loop only. */
public final class Restorer {
    private static final Logger LOG = LoggerFactory.getLogger(Restorer.class);
    /**
     * Window beyond what is in flight. The old owner may have promised more, and a client believes that until its next bytes are acknowledged; what it
     * sends beyond this window waits for its timer.
     */
    static final int SPARE_WINDOW = 2 << 20;

    static final int WINDOW_FIELD = 0xFFFF;
    private static final int HEADERS = 128;

    private final FollowConfig config;
    private final FlowEngine engine;
    private final Relay relay;
    private final ClientNet net;
    private final LongSupplier clock;
    private final RelayListener listener;
    private final Consumer<Runnable> coreLoop;
    private final Function<FlowKey, InetSocketAddress> backends;
    private final TcpRestore kernel;
    private final FrameWriter writer = new FrameWriter(HEADERS);
    private int reset;

    /**
     * @param net where clients are; stays the caller's
     * @param backends where the local service answers for a connection
     * @param coreLoop runs a task on the core loop, in order, after what was captured until now
     */
    public Restorer(
            FollowConfig config,
            FlowEngine engine,
            Relay relay,
            ClientNet net,
            Function<FlowKey, InetSocketAddress> backends,
            LongSupplier clock,
            RelayListener listener,
            Consumer<Runnable> coreLoop) {
        this.config = config;
        this.engine = engine;
        this.relay = relay;
        this.net = net;
        this.backends = backends;
        this.kernel = new TcpRestore(net.nic().index());
        this.clock = clock;
        this.listener = listener;
        this.coreLoop = coreLoop;
    }

    /** Connections of one takeover follow. */
    void begin() {
        net.neighbours().begin();
    }

    /**
     * Whether this connection can be continued now: the log of a standby that is there already takes it too, and the relay has given back what it was lent
     * when the connection was continued before.
     */
    boolean isReady(FlowLedger flow) {
        return engine.hasRoom() && !flow.client().isLent();
    }

    /** Connections reset here because they could not be continued. */
    int resets() {
        return reset;
    }

    /** What has a socket, and is to go to the relay. */
    record Restored(
            FlowLedger ledger,
            int slot,
            int fd,
            ProbeAnswer answer,
            int sndNxt,
            int rcvNxt,
            boolean finTaken,
            Continuation continuation,
            CommittedBytes tail,
            CommittedBytes clientBytes) {}

    /**
     * Restores a connection and has it followed; or resets the client, with a reason that is added to {@code resets}: whatever is wrong with one
     * connection, the others go on. What the client says comes in from now on; what it has said before has to be said again ({@link #hand}).
     */
    @Nullable
    Restored restore(FlowLedger flow, ProbeAnswer answer, List<String> resets) {
        try {
            return tryRestore(flow, answer, resets);
        } catch (RuntimeException e) {
            LOG.error("flow={} cannot be restored", flow.opening().key(), e);
            resetClient(flow, answer, "restore: " + e, resets);
            return null;
        }
    }

    private @Nullable Restored tryRestore(FlowLedger flow, ProbeAnswer answer, List<String> resets) {
        Opening o = flow.opening();
        String why = flow.unprotected();
        long position = Seq.offset(answer.rcvNxt(), o.serverIsn(), flow.serverEnd());
        boolean finTaken = flow.serverFin() && position == flow.serverEnd() + 1;
        if (finTaken) position--;
        if (why == null && position < flow.safeServer() && !flow.server().covers(position, flow.safeServer()))
            why = "bytes before the safe point are not retained";
        if (why == null && Seq.before(answer.sndNxt(), flow.committedAck()))
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
        net.neighbours().tell(o.key().client(), o.peerMac());
        Continuation continuation = SessionRebuild.toResume(config, flow).resume(point);
        int sndNxt = answer.rcvNxt();
        int rcvNxt = flow.committedAck();
        CommittedBytes tail = Tail.of(flow, position);
        CommittedBytes clientBytes = LentBytes.of(flow, coreLoop);
        // Before the socket: nothing may reach it uncaptured, and nothing at all while it is made.
        int slot = engine.continueFlow(flow, position, clock.getAsLong());
        int fd = -1;
        String failure = "limits.connections reached";
        if (slot >= 0) {
            try {
                // FINs follow when the connection is there: repair mode knows no state after them.
                fd = kernel.restore(
                        spec(flow, answer, finTaken ? sndNxt - 1 : sndNxt, flow.clientFin() ? rcvNxt - 1 : rcvNxt));
                if (finTaken) kernel.finSent(fd);
                kernel.resume(fd);
                engine.hears(slot);
            } catch (SyscallException e) {
                failure = "restore: " + e.getMessage();
                engine.forget(slot);
                if (fd >= 0) TcpRestore.abandon(fd);
                fd = -1;
            }
        }
        if (fd < 0) {
            tail.close();
            clientBytes.close();
            resetClient(flow, answer, failure, resets);
            return null;
        }
        return new Restored(
                flow, slot, fd, answer, sndNxt, rcvNxt, finTaken, vouch(continuation, slot), tail, clientBytes);
    }

    /** Nobody can continue this connection any more. */
    void drop(FlowLedger flow) {
        engine.drop(flow);
    }

    private Continuation vouch(Continuation continuation, int slot) {
        return new Vouching(continuation, (offset, bytes) -> coreLoop.accept(() -> engine.vouch(slot, offset, bytes)));
    }

    private RestoreSpec spec(FlowLedger flow, ProbeAnswer answer, int sndNxt, int rcvNxt) {
        Opening o = flow.opening();
        int inFlight = Math.max(answer.sndNxt() - rcvNxt, 0);
        int largest = WINDOW_FIELD << Math.max(o.serverWindowScale(), 0);
        int tsval = flow.tsval(clock.getAsLong());
        if (o.timestamps()) tsval = Seq.max(tsval, answer.tsecr()) + 1;
        return new RestoreSpec(
                o.key(),
                sndNxt,
                rcvNxt,
                answer.window() << Math.max(o.clientWindowScale(), 0),
                Math.min(inFlight + SPARE_WINDOW, largest),
                o.clientMss(),
                o.clientWindowScale(),
                o.serverWindowScale(),
                o.sack(),
                o.timestamps(),
                tsval,
                0);
    }

    /**
     * Gives a restored connection to the relay, and makes its client resend what it has in flight.
     *
     * @param last how far the client is by now
     * @param silentNanos when the old owner was heard of last
     * @param unheard what this host has heard of the client's next bytes, or null
     */
    void hand(Restored r, ProbeAnswer last, long silentNanos, Unheard.@Nullable Data unheard) {
        Opening o = r.ledger.opening();
        FirstWords words = new FirstWords(r, last, unheard);
        int tsval = words.any() && o.timestamps() ? kernel.timestamp(r.fd) : 0; // before the relay, which may close it
        words.toService(net.inward(), tsval);
        relay.adopt(new RelayedFlow(
                r.slot,
                o.key(),
                r.fd,
                backends.apply(o.key()),
                r.continuation,
                r.clientBytes,
                r.tail,
                r.ledger.clientFin(),
                true,
                listener));
        if (unheard != null) unheard.frames().forEach(net.inward()::again);
        words.toClient(net.probes(), clock.getAsLong() - silentNanos, tsval);
    }

    private void resetClient(FlowLedger flow, ProbeAnswer answer, String reason, List<String> resets) {
        Opening o = flow.opening();
        writer.toClient(o.key(), net.nic().mac(), o.peerMac())
                .segment(answer.rcvNxt(), flow.committedAck(), FrameWriter.RST | FrameWriter.ACK, 0);
        net.sender().send(writer);
        engine.drop(flow);
        reset++;
        resets.add(o.key() + ": " + reason);
        LOG.warn("event=reset flow={} reason=\"{}\"", o.key(), reason);
    }
}
