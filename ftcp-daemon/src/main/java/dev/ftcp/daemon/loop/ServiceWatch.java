package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.HealthProbe;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the local service, at each of its backends: after a fault, often, until it answers everywhere again; on a standby twice a second, so that
 * nobody hands over to a service that is not there; on an owner as its operator wishes, to find out that it hangs.
 */
final class ServiceWatch implements AutoCloseable {
    private static final long OBSERVED_NANOS = 500_000_000L;
    private static final long AWAITED_NANOS = 20_000_000L;
    private static final int TIMEOUT_MILLIS = 500;
    private static final int MOST_BYTES = 64 << 10;

    private final List<InetSocketAddress> backends;
    private final HealthProbe probe;
    private final Runnable onBack;
    private final Runnable onSilent;
    private volatile boolean awaited;
    private volatile boolean observed;
    private volatile boolean guarded;
    private volatile boolean answering;
    private volatile boolean closed;
    private final Thread thread = new Thread(this::watch, "ftcp-service-watch");

    /**
     * @param onBack called on this object's thread each time the service is back
     * @param onSilent the same when it has failed to answer as often as the probe allows
     */
    ServiceWatch(List<InetSocketAddress> backends, HealthProbe probe, Runnable onBack, Runnable onSilent) {
        this.backends = backends;
        this.probe = probe;
        this.onBack = onBack;
        this.onSilent = onSilent;
        thread.setDaemon(true);
        thread.start();
    }

    /** The service has failed: tells when it is back. Any thread. */
    void await() {
        awaited = true;
        LockSupport.unpark(thread);
    }

    /** Whether {@link #answers} is to be kept up to date. One thread; costs nothing if it changes nothing. */
    void observe(boolean on) {
        if (on == observed) return;
        observed = on;
        LockSupport.unpark(thread);
    }

    /** Whether the probe is to be used: on an owner whose service should answer. One thread; costs nothing if it changes nothing. */
    void guard(boolean on) {
        boolean wanted = on && probe.intervalNanos() > 0;
        if (wanted == guarded) return;
        guarded = wanted;
        LockSupport.unpark(thread);
    }

    /** Whether the service answered when it was asked last; false if it is not observed. Any thread. */
    boolean answers() {
        return answering;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void watch() {
        int failures = 0;
        while (!closed) {
            boolean guards = guarded && !awaited && !observed;
            if (!guards) failures = 0;
            if (awaited) {
                LockSupport.parkNanos(this, AWAITED_NANOS); // it may still be dying
                answering = allAnswer();
                if (!answering) continue;
                awaited = false;
                onBack.run();
            } else if (observed) {
                answering = allAnswer();
                LockSupport.parkNanos(this, OBSERVED_NANOS);
            } else if (guards) {
                answering = false;
                LockSupport.parkNanos(this, probe.intervalNanos());
                failures = allAnswer() ? 0 : failures + 1;
                if (failures < probe.failures() || !guarded || awaited) continue;
                failures = 0;
                onSilent.run();
            } else {
                answering = false;
                LockSupport.park(this);
            }
        }
    }

    private boolean allAnswer() {
        return backends.stream().allMatch(this::answers);
    }

    private boolean answers(InetSocketAddress backend) {
        try (Socket socket = new Socket()) {
            socket.connect(backend, TIMEOUT_MILLIS);
            if (probe.send().isEmpty()) return true;
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(probe.send().getBytes(StandardCharsets.UTF_8));
            return isExpected(socket.getInputStream());
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isExpected(InputStream in) throws IOException {
        byte[] answer = new byte[MOST_BYTES];
        long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
        int length = 0;
        while (length < answer.length && System.nanoTime() < end) {
            int n = in.read(answer, length, answer.length - length);
            if (n < 0) return false;
            length += n;
            if (new String(answer, 0, length, StandardCharsets.ISO_8859_1).contains(probe.expect())) return true;
        }
        return false;
    }
}
