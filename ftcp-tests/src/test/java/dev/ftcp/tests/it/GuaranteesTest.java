package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What ftcp guarantees, proved by the packets at the client. Each proof is made twice: with everything in place, and with the one
 * safeguard switched off that brings it about; then the violation must be seen, or the proof would prove nothing.
 */
class GuaranteesTest {
    private static final String MAC_A = "02:77:00:00:00:0b", MAC_B = "02:77:00:00:00:0c";
    private static final int RING = 1 << 20;
    /** How long something forbidden gets to happen. */
    private static final Duration CHANCE = Duration.ofSeconds(4);
    /** The local port of upload.py. */
    private static final int UPLOAD_PORT = 65123;

    /** G1: while the standby does not consume, no more is acknowledged than its memory holds. */
    @ParameterizedTest
    @ValueSource(strings = {"", "clamp"})
    void acknowledgesOnlyWhatIsCommitted(String disabled) throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config(disabled, "size = \"1MiB\"", "standby-stall = \"60s\""));
            Capture capture = Capture.start(lab);
            Workload.Upload upload = Workload.Upload.start(lab, "40M");
            Lab.await("upload", upload::underWay);
            int base = capture.base(UPLOAD_PORT);
            lab.lab("kill", "b", "ftcpd", "STOP");
            long before = capture.acked(UPLOAD_PORT, base);
            boolean beyond = Lab.within(CHANCE, () -> capture.acked(UPLOAD_PORT, base) > before + RING);
            assertThat(beyond)
                    .as("acknowledged more than the standby's memory has room for")
                    .isEqualTo(!disabled.isEmpty());
            if (disabled.isEmpty()) {
                lab.lab("kill", "b", "ftcpd", "CONT");
                upload.finish(lab, "a");
            }
        });
    }

    /** G3: a daemon that does not run commits no opening, so no connection opens, although the service's kernel would. */
    @ParameterizedTest
    @ValueSource(strings = {"", "hold"})
    void opensOnlyWhatIsCommitted(String disabled) throws Exception {
        Lab.with(lab -> {
            // Long times: it is the daemon's silence that is tested here, not the takeover that follows from it.
            lab.protect(lab.config(disabled, "lease = \"20s\"", "detect = \"50s\"", "standby-stall = \"60s\""));
            Capture capture = Capture.start(lab);
            lab.lab("kill", "a", "ftcpd", "STOP");
            Workload.Idle connection = Workload.Idle.start(lab);
            Lab.await("SYN", () -> capture.any(Capture.Frame::syn));
            boolean answered = Lab.within(CHANCE, () -> capture.any(Capture.Frame::synAck));
            assertThat(answered).as("SYN-ACK seen while nothing commits").isEqualTo(!disabled.isEmpty());
            lab.lab("kill", "a", "ftcpd", "CONT");
            if (disabled.isEmpty()) {
                Lab.await("the connection", connection::underWay);
                connection.finish(lab, "a");
                assertThat(capture.any(Capture.Frame::synAck))
                        .as("SYN-ACK after CONT")
                        .isTrue();
            }
        });
    }

    /** G4: a service that is killed closes its connections; no client hears of it. */
    @ParameterizedTest
    @ValueSource(strings = {"", "silence"})
    void aDyingServiceSaysNothing(String disabled) throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config(disabled));
            List<Workload> loads = List.of(Workload.Idle.start(lab), Workload.KeepAlive.start(lab, 10));
            for (Workload load : loads) Lab.await("load", load::underWay);
            Capture capture = Capture.start(lab);
            lab.lab("kill", "a", "nginx");
            lab.await("b", "UNPROTECTED");
            if (!disabled.isEmpty()) {
                Lab.await("FIN or RST", () -> capture.any(Capture.Frame::closing));
                return;
            }
            ((Workload.KeepAlive) loads.get(1)).goOn();
            assertThat(capture.any(Capture.Frame::closing))
                    .as("FIN or RST seen")
                    .isFalse();
            for (Workload load : loads) load.finish(lab, "b");
        });
    }

    /** G5: a host that slept through the takeover says nothing when it wakes up, although its kernel has much to send again. */
    @ParameterizedTest
    @ValueSource(strings = {"", "lease"})
    void onlyOneHostSpeaks(String disabled) throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config(disabled));
            Capture capture = Capture.start(lab);
            Workload.Download download = Workload.Download.start(lab, "40M");
            Lab.await("download", download::underWay);
            lab.lab("freeze", "a");
            lab.await("b", "UNPROTECTED");
            // The service wakes first and has much to send: the daemon is not there to fence it, only the lease in the
            // kernel is.
            lab.lab("kill", "a", "nginx", "CONT");
            if (!disabled.isEmpty()) {
                Lab.await("a frame of a after the first of b", () -> bothSpeak(capture));
                return;
            }
            lab.lab("thaw", "a");
            lab.await("a", "STANDBY");
            download.finish(lab, "b");
            assertThat(capture.any(f -> f.fromVip() && f.sourceMac().equals(MAC_B)))
                    .as("b spoke")
                    .isTrue();
            assertThat(bothSpeak(capture)).as("a spoke after b").isFalse();
        });
    }

    private static boolean bothSpeak(Capture capture) {
        return capture.frames().stream()
                .filter(Capture.Frame::fromVip)
                .dropWhile(f -> !f.sourceMac().equals(MAC_B))
                .anyMatch(f -> f.sourceMac().equals(MAC_A));
    }
}
