package dev.ftcp.xen.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.ring.RecordHandler;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Signal;
import dev.ftcp.xen.linux.Epoll;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes; the writing one is killed in the middle of it. What it published is there, whole, and its death is told. */
@Timeout(60)
class ShmKillTest {
    private static final RegionSpec SPEC = new RegionSpec(1, 1 << 20);
    private static final long BEFORE_KILL = 200_000;
    private static final int WAIT_MILLIS = 10_000;

    @TempDir
    Path directory;

    @RepeatedTest(3)
    void whatAKilledPrimaryPublishedIsReadable() throws Exception {
        Process primary = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        KilledWriter.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = primary.inputReader();
                ShmRendezvous rendezvous = ShmRendezvous.open(directory, "b", "a", KilledWriter.HELLO);
                ShmArbiter arbiter = new ShmArbiter(directory, "b")) {
            assertThat(output.readLine()).isEqualTo("ready");
            assertThat(arbiter.tryClaim()).isFalse();
            assertThat(arbiter.holder()).isEqualTo("a");
            try (PeerLink link = rendezvous.join(SPEC)) {
                readAndKill(link, primary);
            }
            assertThat(arbiter.tryClaim()).as("a dead daemon's claim is free").isTrue();
        } finally {
            primary.destroyForcibly().waitFor();
        }
    }

    private static void readAndKill(PeerLink link, Process primary) throws Exception {
        RingReader reader = link.region().reader(0);
        long[] next = {0};
        RecordHandler check = (type, buffer, index, length) -> {
            assertThat(type).isEqualTo(KilledWriter.TYPE);
            assertThat(length).isEqualTo(8 * KilledWriter.words(next[0]));
            for (int i = 0; i < length; i += 8)
                if (buffer.getLong(index + i) != next[0]) throw new AssertionError("record " + next[0] + " is torn");
            next[0]++;
            return true;
        };
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(link.fd(), 0);
            while (next[0] < BEFORE_KILL) {
                if (reader.poll(check, 256) > 0 || !reader.prepareSleep()) continue;
                assertThat(epoll.await(WAIT_MILLIS)).as("doorbell").isPositive();
                assertThat(link.poll()).isEqualTo(Signal.DOORBELL);
                reader.awake();
            }
            primary.toHandle().destroyForcibly(); // SIGKILL
            assertThat(primary.waitFor(10, TimeUnit.SECONDS)).isTrue();
            Signal signal = Signal.NONE;
            while (signal != Signal.PEER_GONE && epoll.await(WAIT_MILLIS) > 0) signal = link.poll();
            assertThat(signal).isEqualTo(Signal.PEER_GONE);
        }
        while (reader.poll(check, 256) > 0)
            assertThat(link.region().heartbeat()).isPositive();
        assertThat(reader.isEmpty()).isTrue();
        assertThat(next[0]).isGreaterThanOrEqualTo(BEFORE_KILL).isEqualTo(reader.records());
    }
}
