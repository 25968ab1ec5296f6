package dev.ftcp.xen.tcprepair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.lab.Lab;
import dev.ftcp.xen.lab.NativeTcp;
import dev.ftcp.xen.lab.Netns;
import dev.ftcp.xen.lab.Takeover;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.packet.FrameWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class TakeoverTest {
    private static final int ALREADY = 70_001, LATER = 300_000, IN_FLIGHT = 40_000;
    private static Lab lab;

    @BeforeAll
    static void build() {
        lab = new Lab("fpkt");
    }

    @AfterAll
    static void tearDown() {
        if (lab != null) lab.close();
    }

    @ParameterizedTest(name = "v4={0} timestamps={1} sack={2} scaling={3}")
    @CsvSource({
        "true,1,1,1",
        "true,0,1,1",
        "true,1,0,1",
        "true,1,1,0",
        "true,0,0,0",
        "false,1,1,1",
        "false,0,0,0",
    })
    void continuesBothWaysByteExact(boolean v4, int timestamps, int sack, int scaling) throws IOException {
        options(timestamps, sack, scaling);
        int wildcard = lab.b.call(() -> NativeTcp.listen(Lab.ip(v4 ? "0.0.0.0" : "::"), 8080));
        try (Takeover t = new Takeover(lab, v4)) {
            InputStream in = t.client.getInputStream();
            NativeTcp.write(t.fdA, NativeTcp.pattern(1, 0, ALREADY));
            assertThat(in.readNBytes(ALREADY)).isEqualTo(NativeTcp.pattern(1, 0, ALREADY));
            t.client.getOutputStream().write(NativeTcp.pattern(2, 0, ALREADY));
            assertThat(NativeTcp.read(t.fdA, ALREADY)).isEqualTo(NativeTcp.pattern(2, 0, ALREADY));
            t.kill();
            assertThat(t.sent()).isEqualTo(ALREADY);
            assertThat(t.received()).isEqualTo(ALREADY);
            t.client.getOutputStream().write(NativeTcp.pattern(2, ALREADY, IN_FLIGHT));

            long begin = System.nanoTime();
            Takeover.Seen answer = t.probe();
            assertThat(answer.end() - t.rcvNxt()).isPositive();
            int fd = t.restore(answer);
            if (timestamps == 1)
                assertThat(timestamp(fd)).isBetween(t.tsval(), t.tsval() + 1000).matches(v -> v % 2 == 0);
            t.resume(fd);
            assertThat(SockOpt.get(fd, SockOpt.SOL_TCP, 2, "TCP_MAXSEG"))
                    .as("segment size at an MTU of 1500")
                    .isEqualTo((v4 ? 1460 : 1440) - 12 * timestamps);
            assertThat(t.resend(fd, answer, 1400)).isTrue();

            NativeTcp.write(fd, NativeTcp.pattern(1, ALREADY, LATER));
            assertThat(in.readNBytes(1)).isEqualTo(NativeTcp.pattern(1, ALREADY, 1));
            long first = System.nanoTime();
            assertThat(in.readNBytes(LATER - 1)).isEqualTo(NativeTcp.pattern(1, ALREADY + 1, LATER - 1));
            assertThat(NativeTcp.read(fd, IN_FLIGHT)).isEqualTo(NativeTcp.pattern(2, ALREADY, IN_FLIGHT));
            long up = System.nanoTime();
            t.client.getOutputStream().write(NativeTcp.pattern(2, ALREADY + IN_FLIGHT, LATER));
            t.client.shutdownOutput();
            assertThat(NativeTcp.read(fd, LATER + 1)).isEqualTo(NativeTcp.pattern(2, ALREADY + IN_FLIGHT, LATER));
            System.out.printf(
                    "v4=%s timestamps=%d sack=%d scaling=%d: output after %.1f ms, input in flight after %.1f ms%n",
                    v4, timestamps, sack, scaling, (first - begin) / 1e6, (up - begin) / 1e6);

            // A restarted service must be able to bind while restored connections live.
            Sys.closeQuietly(wildcard);
            wildcard = lab.b.call(() -> NativeTcp.listen(Lab.ip(v4 ? "0.0.0.0" : "::"), 8080));
            Sys.closeQuietly(fd);
            assertThat(in.read()).isEqualTo(-1);
        } finally {
            Sys.closeQuietly(wildcard);
            options(1, 1, 1);
        }
    }

    @ParameterizedTest(name = "v4={0}")
    @CsvSource({"true", "false"})
    void clientTakesFramesWithOddPayloadAndIgnoresCorruptOnes(boolean v4) throws IOException {
        try (Takeover t = new Takeover(lab, v4)) {
            NativeTcp.write(t.fdA, new byte[] {7});
            assertThat(t.client.getInputStream().read()).isEqualTo(7);
            t.kill();
            Takeover.Seen at = t.probe();
            FrameWriter w = new FrameWriter(1514);
            ByteBuffer data = ByteBuffer.wrap("wrong!right!".getBytes(StandardCharsets.US_ASCII));
            w.toClient(t.key, t.macB(), t.syn.mac())
                    .segment(at.ack(), t.rcvNxt(), FrameWriter.ACK | FrameWriter.PSH, 500);
            w.timestamps(t.tsval(), at.tsval()).payload(data, 0, 5);
            int length = w.finish();
            w.buffer().put(length - 1, (byte) 'x');
            assertThat(t.sender().send(w.buffer(), 0, length)).isTrue();
            w.toClient(t.key, t.macB(), t.syn.mac())
                    .segment(at.ack(), t.rcvNxt(), FrameWriter.ACK | FrameWriter.PSH, 500);
            w.timestamps(t.tsval(), at.tsval()).payload(data, 6, 5);
            assertThat(t.sender().send(w)).isTrue();
            assertThat(new String(t.client.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                    .isEqualTo("right");
        }
    }

    /** Nor does it matter whether it knows all that was taken: then, too, what follows comes at once, and nothing that was taken comes again. */
    @ParameterizedTest(name = "v4={0}, taken without its knowledge={1}")
    @CsvSource({"true, 0", "false, 0", "true, 1000", "false, 1000"})
    void clientThatHasBackedOffResendsSoon(boolean v4, int taken) throws Exception {
        try (Takeover t = new Takeover(lab, v4)) {
            t.client.getOutputStream().write(NativeTcp.pattern(2, 0, 300));
            assertThat(NativeTcp.read(t.fdA, 300)).hasSize(300);
            t.kill();
            t.client.getOutputStream().write(NativeTcp.pattern(2, 300, 1000)); // two such do not fit into one segment
            t.client.getOutputStream().write(NativeTcp.pattern(2, 1300, 1000));
            t.tookUnacknowledged(taken);
            Thread.sleep(700);
            Takeover.Seen answer = t.probe();
            assertThat(answer.seq()).as("no data, which nobody could take yet").isEqualTo(answer.end());
            int fd = t.restore(answer);
            t.resume(fd);
            t.resent();
            long begin = System.nanoTime();
            assertThat(t.revertBackoff(fd, answer)).isTrue();
            int left = 2000 - taken;
            assertThat(NativeTcp.read(fd, left)).isEqualTo(NativeTcp.pattern(2, 300 + taken, left));
            System.out.printf(
                    "v4=%s taken=%d: request after an outage of 700 ms: %.1f ms%n",
                    v4, taken, (System.nanoTime() - begin) / 1e6);
            assertThat(t.resent()).allMatch(at -> at >= 0);
            NativeTcp.write(fd, new byte[] {9});
            assertThat(t.client.getInputStream().read()).isEqualTo(9);
            Sys.closeQuietly(fd);
        }
    }

    @Test
    void restoresManyPerSecond() {
        int count = 8000;
        int[] fds = new int[count];
        double rate = lab.b.call(() -> {
            TcpRestore restore = new TcpRestore();
            restore.rehearse(2000);
            FlowKey[] keys = new FlowKey[count];
            for (int i = 0; i < count; i++) keys[i] = FlowKey.of(Lab.VIP4, 80, Lab.CLIENT4, 10_000 + i);
            long begin = System.nanoTime();
            for (int i = 0; i < count; i++)
                fds[i] = restore.restore(new RestoreSpec(keys[i], i, i, 65535, 65535, 1460, 7, 7, true, true, i, 0));
            long end = System.nanoTime();
            for (int fd : fds) TcpRestore.abandon(fd);
            return count / ((end - begin) / 1e9);
        });
        System.out.printf("restore: %.0f connections per second%n", rate);
        assertThat(rate).isPositive();
    }

    @Test
    void namesTheFailedStepAndLeavesNothingOpen() {
        FlowKey unroutable = FlowKey.of(Lab.VIP4, 80, Lab.ip("203.0.113.9"), 4000);
        RestoreSpec spec = new RestoreSpec(unroutable, 1, 1, 1000, 1000, 1460, -1, -1, false, false, 0, 0);
        assertThatThrownBy(() -> lab.b.call(() -> new TcpRestore().restore(spec)))
                .isInstanceOf(SyscallException.class)
                .hasMessageContaining("connect")
                .hasMessageContaining("203.0.113.9:4000");
    }

    private static int timestamp(int fd) {
        return SockOpt.get(fd, SockOpt.SOL_TCP, 24, "TCP_TIMESTAMP");
    }

    private static void options(int timestamps, int sack, int scaling) {
        for (var n : new Netns[] {lab.client, lab.a, lab.b}) {
            n.sysctl("net.ipv4.tcp_timestamps", timestamps);
            n.sysctl("net.ipv4.tcp_sack", sack);
            n.sysctl("net.ipv4.tcp_window_scaling", scaling);
        }
    }
}
