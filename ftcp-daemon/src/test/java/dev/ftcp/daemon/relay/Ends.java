package dev.ftcp.daemon.relay;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Collects how flows end. */
final class Ends implements RelayListener {
    record End(RelayedFlow flow, @Nullable String reason, FlowSummary summary) {}

    final BlockingQueue<End> ends = new LinkedBlockingQueue<>();
    final AtomicInteger transparent = new AtomicInteger();

    @Override
    public void onTransparent(RelayedFlow flow) {
        transparent.incrementAndGet();
    }

    @Override
    public void onClosed(RelayedFlow flow, FlowSummary summary) {
        ends.add(new End(flow, null, summary));
    }

    @Override
    public void onReset(RelayedFlow flow, String reason, FlowSummary summary) {
        ends.add(new End(flow, reason, summary));
    }

    End next() throws InterruptedException {
        End end = ends.poll(10, TimeUnit.SECONDS);
        if (end == null) throw new AssertionError("no flow ended within 10 s");
        return end;
    }
}
