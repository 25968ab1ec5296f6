package dev.ftcp.daemon.relay;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What flows count, from several event loops. */
final class RelayCounters {
    final LongAdder adopted = new LongAdder(), transparent = new LongAdder();
    final LongAdder bytesToBackend = new LongAdder(), bytesToClient = new LongAdder();
    final LongAdder resets = new LongAdder(), connects = new LongAdder(), retries = new LongAdder();
    final LongAccumulator longestContinuation = new LongAccumulator(Math::max, 0);

    RelayStats snapshot(int live, long oldestNanos) {
        return new RelayStats(
                live,
                adopted.sum(),
                transparent.sum(),
                bytesToBackend.sum(),
                bytesToClient.sum(),
                resets.sum(),
                connects.sum(),
                retries.sum(),
                longestContinuation.get(),
                oldestNanos);
    }
}
