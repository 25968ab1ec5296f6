package dev.ftcp.daemon.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the local service by connecting: after a fault, often, until it answers everywhere again, and on a standby twice a second, so
 * that nobody hands over to a service that is not there.
 */
final class ServiceWatch implements AutoCloseable {
    private static final long INTERVAL_NANOS = 500_000_000L;
    private static final long AWAITED_NANOS = 20_000_000L;
    private static final int TIMEOUT_MILLIS = 500;

    private final List<InetSocketAddress> backends;
    private final Runnable onBack;
    private volatile boolean awaited;
    private volatile boolean observed;
    private volatile boolean answering;
    private volatile boolean closed;
    private final Thread thread = new Thread(this::watch, "ftcp-service-watch");

    /** @param onBack called on this object's thread each time the service is back */
    ServiceWatch(List<InetSocketAddress> backends, Runnable onBack) {
        this.backends = backends;
        this.onBack = onBack;
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
        if (on) LockSupport.unpark(thread);
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
        while (!closed) {
            if (!awaited && !observed) {
                answering = false;
                LockSupport.park(this);
                continue;
            }
            if (awaited) LockSupport.parkNanos(this, AWAITED_NANOS); // it may still be dying
            answering = backends.stream().allMatch(ServiceWatch::answers);
            if (answering && awaited) {
                awaited = false;
                onBack.run();
            }
            if (!awaited) LockSupport.parkNanos(this, INTERVAL_NANOS);
        }
    }

    private static boolean answers(InetSocketAddress backend) {
        try (Socket socket = new Socket()) {
            socket.connect(backend, TIMEOUT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
