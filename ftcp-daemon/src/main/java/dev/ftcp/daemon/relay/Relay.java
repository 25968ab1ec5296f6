package dev.ftcp.daemon.relay;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the client connections that were taken over until they close. Each is adopted as a descriptor and lives on one event loop,
 * together with its connection to the local service. Thread-safe.
 *
 * <p>How it ends: {@link #drain} waits for flows to end by themselves, {@link #releaseAll} lets go those that live elsewhere now,
 * {@link #close} resets what is left, with a reason. No flow ends untold.
 */
public final class Relay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final RelayConfig config;
    private final RelayCounters counters = new RelayCounters();
    private final LiveFlows live = new LiveFlows();
    private final MultiThreadIoEventLoopGroup loops;
    private boolean refusing; // guarded by this

    /** Starts the event loops. Loads Netty's native library, which takes about 70 ms: not at a takeover. */
    public Relay(RelayConfig config) {
        Epoll.ensureAvailability();
        this.config = config;
        this.loops = new MultiThreadIoEventLoopGroup(
                config.eventLoopThreads(), new DefaultThreadFactory("relay", true), SteadyEpoll.newFactory());
    }

    /**
     * Hands a flow over to an event loop and returns at once; never throws and never waits for I/O. A relay that is draining or closed
     * resets the flow, and tells its listener on this thread.
     */
    public void adopt(RelayedFlow flow) {
        synchronized (this) {
            if (!refusing) {
                adopt(flow, config, counters, live);
                return;
            }
        }
        refuse(flow);
    }

    private void adopt(RelayedFlow flow, RelayConfig with, RelayCounters counted, LiveFlows among) {
        FlowRelay relay = new FlowRelay(flow, loops.next(), with, counted, among);
        counted.adopted.increment();
        among.add(relay);
        relay.loop.execute(relay::adopt);
    }

    private void refuse(RelayedFlow flow) {
        RawFd.reset(flow.fd());
        flow.clientBytes().close();
        flow.serverTail().close();
        counters.resets.increment();
        flow.listener().onReset(flow, "relay is closed", new FlowSummary(FlowSummary.Ending.RESET, 0, 0, 0));
    }

    /**
     * Relays bytes of scratch connections over loopback, on the event loops that flows will use, so that classes are loaded and
     * hot code is compiled before the first takeover. Takes a few hundred milliseconds; nothing of it is counted.
     *
     * @throws IOException if the loopback interface cannot be used; the relay works all the same
     */
    public Duration rehearse() throws IOException {
        RelayCounters scratch = new RelayCounters();
        LiveFlows flows = new LiveFlows();
        return Rehearsal.run(loops, config, (flow, with) -> adopt(flow, with, scratch, flows));
    }

    /** What was counted so far. */
    public RelayStats stats() {
        return counters.snapshot(live.count(), live.oldestNanos(System.nanoTime()));
    }

    /**
     * Refuses new flows, and waits until those that live have ended by themselves, at most so long.
     *
     * @return flows that still live; {@link #close} would reset them
     */
    public int drain(Duration atMost) throws InterruptedException {
        refuseNew();
        return live.awaitNone(atMost);
    }

    /**
     * Lets all live flows go without FIN or RST to their clients: another host has them now. Their backend connections are reset.
     * New flows are still accepted. Needs CAP_NET_ADMIN.
     *
     * @return flows that have not gone within 5 s
     */
    public int releaseAll() throws InterruptedException {
        return endAll(FlowRelay::release);
    }

    /** Resets the flows that still live with the reason "relay closed", and stops the event loops. */
    @Override
    public void close() {
        refuseNew();
        try {
            int left = endAll(flow -> flow.reset("relay closed"));
            if (left > 0) LOG.warn("{} relayed flows did not end in time", left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loops.shutdownGracefully(0, CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_PATIENCE.toMillis());
    }

    private synchronized void refuseNew() {
        refusing = true;
    }

    private int endAll(Consumer<FlowRelay> how) throws InterruptedException {
        if (loops.isShuttingDown()) return live.count();
        for (FlowRelay flow : live.all()) flow.loop.execute(() -> how.accept(flow));
        return live.awaitNone(CLOSE_PATIENCE);
    }
}
