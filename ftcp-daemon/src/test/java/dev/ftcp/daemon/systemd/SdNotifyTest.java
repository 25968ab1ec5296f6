package dev.ftcp.daemon.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service manager is a process of its own: Java has no datagram sockets of the Unix family. */
class SdNotifyTest {
    private static final String MANAGER = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.settimeout(10)
            s.bind(sys.argv[1].replace("@", "\\0", 1))
            print("bound", flush=True)
            for _ in range(4):
                print(s.recv(4096).decode().replace("\\n", "|"), flush=True)
            """;

    @Test
    void theManagerHearsAtAPath(@TempDir Path dir) throws Exception {
        hears(dir.resolve("notify").toString());
    }

    @Test
    void theManagerHearsAtAnAbstractName() throws Exception {
        hears("@ftcp-test-" + ProcessHandle.current().pid());
    }

    @Test
    void withoutAManagerNothingIsSaid() {
        SdNotify silent = SdNotify.from(Map.of(), 1);
        silent.ready("up");
        assertThat(silent.watchdogIntervalNanos()).isZero();
    }

    @Test
    void aManagerThatIsGoneIsNoFailure() {
        SdNotify notify = SdNotify.from(Map.of("NOTIFY_SOCKET", "/nonexistent/notify"), 1);
        notify.ready("up");
    }

    @Test
    void theWatchdogIsFedTwiceAsOftenAsAskedFor() {
        Map<String, String> mine = Map.of("NOTIFY_SOCKET", "@nobody", "WATCHDOG_USEC", "10000000", "WATCHDOG_PID", "7");
        assertThat(SdNotify.from(mine, 7).watchdogIntervalNanos()).isEqualTo(5_000_000_000L);
        assertThat(SdNotify.from(mine, 8).watchdogIntervalNanos()).isZero();
    }

    private static void hears(String address) throws Exception {
        Process manager = new ProcessBuilder("python3", "-c", MANAGER, address)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader heard = manager.inputReader()) {
            assertThat(heard.readLine()).isEqualTo("bound");
            SdNotify notify = SdNotify.from(Map.of("NOTIFY_SOCKET", address), 1);
            notify.ready("primary\nprotected");
            notify.status("alone");
            notify.watchdog();
            notify.stopping();
            assertThat(heard.lines())
                    .containsExactly("READY=1|STATUS=primary protected", "STATUS=alone", "WATCHDOG=1", "STOPPING=1");
        } finally {
            manager.destroyForcibly();
        }
    }
}
