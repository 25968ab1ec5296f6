package dev.ftcp.daemon.systemd;

import dev.ftcp.xen.linux.UnixDatagram;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the service manager how the daemon is (sd_notify(3)): datagrams to the socket that {@code NOTIFY_SOCKET} names. Without it every
 * call does nothing. What can't be sent is lost: the service manager is not worth a failure. One thread at a time.
 */
public final class SdNotify {
    private final @Nullable UnixDatagram manager;
    private final long watchdogNanos;

    private SdNotify(@Nullable UnixDatagram manager, long watchdogNanos) {
        this.manager = manager;
        this.watchdogNanos = watchdogNanos;
    }

    /** From the environment of the process. */
    public static SdNotify fromEnvironment() {
        return from(System.getenv(), ProcessHandle.current().pid());
    }

    static SdNotify from(Map<String, String> environment, long pid) {
        String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (!UnixDatagram.isAddress(socket)) return new SdNotify(null, 0);
        return new SdNotify(new UnixDatagram(socket), watchdog(environment, pid));
    }

    /** The daemon is up. */
    public void ready(String status) {
        send("READY=1\nSTATUS=" + oneLine(status));
    }

    /** One line for {@code systemctl status}. */
    public void status(String status) {
        send("STATUS=" + oneLine(status));
    }

    /** The daemon is alive and has checked itself. */
    public void watchdog() {
        send("WATCHDOG=1");
    }

    /** The daemon is about to end. */
    public void stopping() {
        send("STOPPING=1");
    }

    /** How often {@link #watchdog} must be called, with a safety of two; 0 if nobody watches. */
    public long watchdogIntervalNanos() {
        return watchdogNanos / 2;
    }

    private void send(String message) {
        if (manager != null) manager.send(message.getBytes(StandardCharsets.UTF_8));
    }

    private static long watchdog(Map<String, String> environment, long pid) {
        String watched = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        if (!watched.equals(Long.toString(pid))) return 0;
        try {
            return Math.max(0, Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0")) * 1000L);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ');
    }
}
