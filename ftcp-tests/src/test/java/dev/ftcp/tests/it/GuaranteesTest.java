package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What ftcp guarantees, proved by the packets at the client, over IPv4 and IPv6. Each proof is made twice: with everything in place, and
 * with the one safeguard switched off that brings it about; then the violation must be seen, or the proof would prove nothing.
 */
class GuaranteesTest {
    private static final String MAC_A = "02:77:00:00:00:0b", MAC_B = "02:77:00:00:00:0c";
    private static final int RING = 1 << 20;
    /** For a daemon that does not run for a while, without a takeover. */
    private static final String[] UNHURRIED = {"lease = \"20s\"", "detect = \"50s\"", "standby-stall = \"60s\""};
    /** How long something forbidden gets to happen; and what must happen without the safeguard, however busy the machine is. */
    private static final Duration CHANCE = Duration.ofSeconds(4), CERTAINTY = Duration.ofSeconds(60);

    private static Duration chance(String disabled) {
        return disabled.isEmpty() ? CHANCE : CERTAINTY;
    }

    /** G1: while the standby does not consume, no more is acknowledged than its memory holds. */
    @ParameterizedTest
    @ValueSource(strings = {"", "clamp"})
    void acknowledgesOnlyWhatIsCommitted(String disabled) throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config(disabled, "size = \"1MiB\"", "standby-stall = \"60s\""));
            Capture capture = Capture.start(lab);
            List<Workload.Upload> uploads = new ArrayList<>();
            for (Target target : Target.BOTH) uploads.add(Workload.Upload.start(lab, target, "20M"));
            for (Workload.Upload upload : uploads) Lab.await("upload", upload::underWay);
            lab.lab("kill", "b", "ftcpd", "STOP");
            List<Long> before = new ArrayList<>();
            for (Workload.Upload upload : uploads) before.add(capture.acked(upload.clientPort()));
            for (int i = 0; i < uploads.size(); i++) {
                int port = uploads.get(i).clientPort();
                long limit = before.get(i) + RING;
                assertThat(Lab.within(chance(disabled), () -> capture.acked(port) > limit))
                        .as("acknowledged more than the standby's memory has room for, %s", Target.BOTH.get(i))
                        .isEqualTo(!disabled.isEmpty());
            }
            if (disabled.isEmpty()) {
                lab.lab("kill", "b", "ftcpd", "CONT");
                for (Workload.Upload upload : uploads) upload.finish(lab, "a");
            }
        });
    }

    /** G3: a daemon that does not run commits no opening, so no connection opens, although the service's kernel would. */
    @ParameterizedTest
    @ValueSource(strings = {"", "hold"})
    void opensOnlyWhatIsCommitted(String disabled) throws Exception {
        Lab.with(lab -> {
            // It is the daemon's silence that is tested here, not the takeover that follows from it.
            lab.protect(lab.config(disabled, UNHURRIED));
            Capture capture = Capture.start(lab);
            lab.lab("kill", "a", "ftcpd", "STOP");
            List<Workload> connections = new ArrayList<>();
            for (Target target : Target.ALL) connections.add(Workload.Idle.start(lab, target));
            for (Target target : Target.ALL) {
                Lab.await("SYN", () -> capture.any(f -> f.syn() && f.of(target)));
            }
            Predicate<Target> answered = target -> capture.any(f -> f.synAck() && f.of(target));
            // A forbidden answer to any of them, or the lack of one that must come.
            boolean held = !Lab.within(
                    chance(disabled),
                    () -> disabled.isEmpty()
                            ? Target.ALL.stream().anyMatch(answered)
                            : Target.ALL.stream().allMatch(answered));
            assertThat(held).as("no SYN-ACK while nothing commits").isEqualTo(disabled.isEmpty());
            lab.lab("kill", "a", "ftcpd", "CONT");
            if (!disabled.isEmpty()) return;
            for (Workload connection : connections) {
                Lab.await("the connection", connection::underWay);
                connection.finish(lab, "a");
            }
            assertThat(Target.ALL).as("SYN-ACK after CONT").allMatch(answered);
        });
    }

    /** G4: a service that is killed closes its connections; no client hears of it. */
    @ParameterizedTest
    @ValueSource(strings = {"", "silence"})
    void aDyingServiceSaysNothing(String disabled) throws Exception {
        Lab.with(lab -> {
            lab.protect(disabled.isEmpty() ? lab.config("") : lab.config(disabled, UNHURRIED));
            List<Workload> loads = new ArrayList<>();
            for (Target target : Target.ALL) loads.add(Workload.Idle.start(lab, target));
            List<Workload.KeepAlive> clients = new ArrayList<>();
            for (Target target : Target.BOTH) clients.add(Workload.KeepAlive.start(lab, target, 10));
            loads.addAll(clients);
            for (Workload load : loads) Lab.await("load", load::underWay);
            Capture capture = Capture.start(lab);
            if (!disabled.isEmpty()) {
                // Or the daemon fences the host between the first connection's end and the last one's.
                lab.lab("kill", "a", "ftcpd", "STOP");
                lab.lab("kill", "a", "nginx");
                for (Target target : Target.ALL) {
                    Lab.await("FIN or RST of " + target, () -> capture.any(f -> f.closing() && f.of(target)));
                }
                return;
            }
            lab.lab("kill", "a", "nginx");
            lab.await("b", "UNPROTECTED");
            for (Workload.KeepAlive some : clients) some.goOn();
            assertThat(capture.any(Capture.Frame::closing))
                    .as("FIN or RST seen")
                    .isFalse();
            for (Workload load : loads) load.finish(lab, "b");
        });
    }

    /**
     * G5: a host that slept through the takeover says nothing when it wakes up, although its kernel has much to send again, and is asked for
     * the address by everyone who looks for it.
     */
    @ParameterizedTest
    @ValueSource(strings = {"", "lease"})
    void onlyOneHostSpeaks(String disabled) throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config(disabled));
            Capture capture = Capture.start(lab);
            List<Workload> downloads = new ArrayList<>();
            for (Target target : Target.BOTH) downloads.add(Workload.Download.start(lab, target, "15M"));
            for (Workload download : downloads) Lab.await("download", download::underWay);
            lab.lab("freeze", "a");
            lab.await("b", "UNPROTECTED");
            // The service wakes first and has much to send: the daemon is not there to fence it, only the lease in the
            // kernel is.
            lab.lab("kill", "a", "nginx", "CONT");
            if (!disabled.isEmpty()) {
                for (Target target : Target.BOTH) {
                    Lab.await("a segment of a after the first of b", () -> bothSpeak(capture, target, true));
                    Lab.await("a claim of a after the first of b", () -> {
                        lookFor(lab, target);
                        return bothSpeak(capture, target, false);
                    });
                }
                return;
            }
            for (Target target : Target.ALL) {
                lookFor(lab, target);
                Lab.await("b's claim of " + target, () -> capture.any(f -> f.of(target) && !f.tcp() && isOf(f, MAC_B)));
            }
            lab.lab("thaw", "a");
            lab.await("a", "STANDBY");
            for (Workload download : downloads) download.finish(lab, "b");
            for (Target target : Target.ALL) {
                assertThat(bothSpeak(capture, target, true) || bothSpeak(capture, target, false))
                        .as("a spoke from %s after b", target)
                        .isFalse();
            }
            for (Target target : Target.BOTH) {
                assertThat(capture.any(f -> f.of(target) && f.tcp() && f.fromVip() && isOf(f, MAC_B)))
                        .as("b spoke from %s", target)
                        .isTrue();
            }
        });
    }

    /** Makes the client forget where the address is, and ask all. */
    private static void lookFor(Lab lab, Target target) {
        lab.run("client", "ip", "neigh", "flush", "to", target.address(), "dev", "eth0");
        lab.run(
                "client",
                "bash",
                "-c",
                "timeout 2 bash -c '</dev/tcp/" + target.address() + "/" + target.port() + "' || true");
    }

    private static boolean isOf(Capture.Frame frame, String mac) {
        return frame.fromVip() && frame.sourceMac().equals(mac);
    }

    /** Whether a sent from the address after b had, segments or what neighbours believe. */
    private static boolean bothSpeak(Capture capture, Target target, boolean segments) {
        return capture.frames().stream()
                .filter(f -> f.fromVip() && f.of(target))
                .dropWhile(f -> !f.sourceMac().equals(MAC_B))
                .anyMatch(f -> f.tcp() == segments && f.sourceMac().equals(MAC_A));
    }
}
