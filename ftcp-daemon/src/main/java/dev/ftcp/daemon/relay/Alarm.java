package dev.ftcp.daemon.relay;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The one thing that a flow waits for in time. On the flow's event loop. */
final class Alarm {
    private final EventLoop loop;
    private @Nullable Future<?> pending;

    Alarm(EventLoop loop) {
        this.loop = loop;
    }

    /** Runs the task after this time, at least 1 ms, instead of what was set before. */
    void set(Duration after, Runnable task) {
        cancel();
        pending = loop.schedule(task, Math.max(1, after.toMillis()), TimeUnit.MILLISECONDS);
    }

    void cancel() {
        Future<?> was = pending;
        if (was != null) was.cancel(false);
    }
}
