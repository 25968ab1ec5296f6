package dev.ftcp.daemon.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** After a fault of the local service: asks it by connecting, twice a second, until it answers everywhere again. */
final class ServiceWatch implements AutoCloseable {
    private static final long INTERVAL_NANOS = 500_000_000L;
    private static final int TIMEOUT_MILLIS = 500;

    private final List<InetSocketAddress> backends;
    private final Runnable onBack;
    private volatile boolean wanted;
    private volatile boolean closed;
    private final Thread thread = new Thread(this::watch, "ftcp-service-watch");

    /** @param onBack called on this object's thread each time the service is back */
    ServiceWatch(List<InetSocketAddress> backends, Runnable onBack) {
        this.backends = backends;
        this.onBack = onBack;
        thread.setDaemon(true);
        thread.start();
    }

    /** The service has failed. Any thread. */
    void begin() {
        wanted = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void watch() {
        while (!closed) {
            if (!wanted) {
                LockSupport.park(this);
                continue;
            }
            LockSupport.parkNanos(this, INTERVAL_NANOS);
            if (backends.stream().allMatch(ServiceWatch::answers)) {
                wanted = false;
                onBack.run();
            }
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
