package dev.ftcp.daemon.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SdNotifyTest {
    private static final int AF_UNIX = 1, SOCK_DGRAM = 2, MSG_DONTWAIT = 0x40;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void messagesReachThePathAndTheAbstractName(boolean isAbstract) {
        String name = isAbstract
                ? "@ftcp-test-" + System.nanoTime()
                : directory.resolve("notify").toString();
        int fd = bind(name);
        try {
            SdNotify sd = SdNotify.from(Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "10000000"), 42);
            sd.ready("STANDBY\nready");
            sd.status("PROTECTED");
            sd.watchdog();
            sd.stopping();
            assertThat(receive(fd)).isEqualTo("READY=1\nSTATUS=STANDBY ready");
            assertThat(receive(fd)).isEqualTo("STATUS=PROTECTED");
            assertThat(receive(fd)).isEqualTo("WATCHDOG=1");
            assertThat(receive(fd)).isEqualTo("STOPPING=1");
            assertThat(sd.watchdogIntervalNanos()).isEqualTo(5_000_000_000L);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    @Test
    void withoutAServiceManagerNothingHappens() {
        SdNotify sd = SdNotify.from(Map.of(), 42);
        sd.ready("x");
        assertThat(sd.watchdogIntervalNanos()).isZero();
        SdNotify.from(Map.of("NOTIFY_SOCKET", "relative"), 42).ready("x");
        SdNotify.from(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(200)), 42).ready("x");
        SdNotify.from(Map.of("NOTIFY_SOCKET", directory.resolve("none").toString()), 42)
                .ready("x");
    }

    @Test
    void aWatchdogForAnotherProcessIsNotFed() {
        String socket = directory.resolve("none").toString();
        assertThat(SdNotify.from(Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "1000", "WATCHDOG_PID", "7"), 42)
                        .watchdogIntervalNanos())
                .isZero();
        assertThat(SdNotify.from(Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "soon"), 42)
                        .watchdogIntervalNanos())
                .isZero();
    }

    private static int bind(String name) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        Pointer address = Sys.allocate(110);
        address.putShort(0, (short) AF_UNIX);
        address.put(2, path, 0, path.length);
        if (path[0] == '@') address.putByte(2, (byte) 0);
        int fd = Sys.check(LibC.INSTANCE.socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
        Sys.check(LibC.INSTANCE.bind(fd, address, 2 + path.length), "bind");
        return fd;
    }

    private static String receive(int fd) {
        Pointer buffer = Sys.allocate(256);
        Pointer none = Pointer.wrap(LibC.RUNTIME, 0L);
        int n = (int) Sys.check(LibC.INSTANCE.recvfrom(fd, buffer, 256, MSG_DONTWAIT, none, none), "recvfrom");
        byte[] bytes = new byte[n];
        buffer.get(0, bytes, 0, n);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
