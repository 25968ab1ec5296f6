package dev.ftcp.daemon.relay;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is counted of a flow, and told to its listener. On the flow's event loop. */
final class FlowAccount {
    private static final Logger LOG = LoggerFactory.getLogger(FlowAccount.class);

    private final RelayedFlow flow;
    private final RelayCounters counters;
    private final long since = System.nanoTime();
    private long toBackend, toClient;

    FlowAccount(RelayedFlow flow, RelayCounters counters) {
        this.flow = flow;
        this.counters = counters;
    }

    /** When the flow was adopted, by {@link System#nanoTime}. */
    long since() {
        return since;
    }

    void fromClient(int bytes) {
        toBackend += bytes;
        counters.bytesToBackend.add(bytes);
    }

    void toClient(int bytes) {
        toClient += bytes;
        counters.bytesToClient.add(bytes);
    }

    void transparent() {
        counters.transparent.increment();
        counters.longestContinuation.accumulate(System.nanoTime() - since);
        tell(() -> flow.listener().onTransparent(flow));
    }

    long kills() {
        return flow.listener().kills();
    }

    long failures() {
        return flow.listener().failures();
    }

    boolean owes() {
        return flow.listener().owes(flow);
    }

    void serviceKilled() {
        tell(() -> flow.listener().onServiceKilled(flow));
    }

    void ended(Ending ending, @Nullable String reason) {
        FlowSummary summary = new FlowSummary(ending, toBackend, toClient, System.nanoTime() - since);
        if (reason == null) {
            tell(() -> flow.listener().onClosed(flow, summary));
        } else {
            counters.resets.increment();
            tell(() -> flow.listener().onReset(flow, reason, summary));
        }
    }

    /** A listener that fails must not take the flow with it. */
    private void tell(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException e) {
            LOG.warn("flow={} name={} listener failed", flow.id(), flow.name(), e);
        }
    }
}
