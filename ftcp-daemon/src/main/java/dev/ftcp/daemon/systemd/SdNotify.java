package dev.ftcp.daemon.systemd;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the service manager how the daemon is (sd_notify(3)): datagrams to the socket that {@code NOTIFY_SOCKET} names. Without it every
 * call does nothing. What can't be sent is lost: the service manager is not worth a failure. One thread at a time.
 */
public final class SdNotify {
    private static final int AF_UNIX = 1,
            SOCK_DGRAM = 2,
            SOCK_CLOEXEC = 0x80000,
            MSG_NOSIGNAL = 0x4000,
            MSG_DONTWAIT = 0x40;
    private static final int PATH_AT = 2, PATH_MAX = 108; // struct sockaddr_un, unix(7)

    private final @Nullable Pointer address;
    private final int addressLength;
    private final int fd;
    private final long watchdogNanos;

    private SdNotify(@Nullable Pointer address, int addressLength, int fd, long watchdogNanos) {
        this.address = address;
        this.addressLength = addressLength;
        this.fd = fd;
        this.watchdogNanos = watchdogNanos;
    }

    /** From the environment of the process. */
    public static SdNotify fromEnvironment() {
        return from(System.getenv(), ProcessHandle.current().pid());
    }

    static SdNotify from(Map<String, String> environment, long pid) {
        byte[] path = environment.getOrDefault("NOTIFY_SOCKET", "").getBytes(StandardCharsets.UTF_8);
        boolean usable = path.length > 1 && path.length < PATH_MAX && (path[0] == '/' || path[0] == '@');
        if (!usable) return new SdNotify(null, 0, -1, 0);
        Pointer a = Sys.allocate(PATH_AT + PATH_MAX);
        a.putShort(0, (short) AF_UNIX);
        a.put(PATH_AT, path, 0, path.length);
        if (path[0] == '@') a.putByte(PATH_AT, (byte) 0); // a name in the abstract namespace
        int fd = LibC.INSTANCE.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return new SdNotify(a, PATH_AT + path.length, fd, watchdog(environment, pid));
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
        if (address == null || fd < 0) return;
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        Pointer buffer = Sys.allocate(bytes.length);
        buffer.put(0, bytes, 0, bytes.length);
        LibC.INSTANCE.sendto(fd, buffer, bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT, address, addressLength);
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
