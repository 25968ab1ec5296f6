package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.capture.CaptureRecord;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A capture ring that is full: who waits, who passes, and what is lost. Needs root. */
class WrapRingTest {
    @AutoClose
    private final Fixture f = new Fixture();

    private final Lab lab = f.lab;
    private final Wrap wrap = f.wrap;
    private final TestDaemon daemon = f.daemon;

    WrapRingTest() throws Exception {}

    @Test
    void aConnectionThatIsGivenUpIsNotClampedAndOutlivesAFullRing() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        wrap.slots().giveUp(c.slot);
        wrap.gate().attended(Long.MAX_VALUE);
        outlivesAFullRing(p, c);
    }

    @Test
    void aServiceAloneOutlivesAFullRingThatNobodyReads() throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        wrap.gate().mode(GateMode.OPEN);
        outlivesAFullRing(p, c);
    }

    private void outlivesAFullRing(Fixture.Pair p, TestDaemon.Conn c) throws Exception {
        wrap.slots().want(c.slot, c.serverIsn + 1);
        daemon.close(); // nobody drains any more
        CompletableFuture<Long> pushed = lab.start(lab.client, () -> {
            p.client().getOutputStream().write(new byte[4 * Fixture.RING]);
            return 0L;
        });
        assertThat(p.service().getInputStream().readNBytes(4 * Fixture.RING)).hasSize(4 * Fixture.RING);
        pushed.get(5, TimeUnit.SECONDS);
        lab.start(lab.server, () -> {
            p.service().getOutputStream().write(new byte[4 * Fixture.RING]);
            return 0L;
        });
        assertThat(p.client().getInputStream().readNBytes(4 * Fixture.RING)).hasSize(4 * Fixture.RING);
        assertThat(wrap.gate().count(GateCounter.CLAMPED) + wrap.slots().clamped(c.slot))
                .isZero();
        Lab.await("acknowledged", () -> f.unacknowledged() == 0);
    }

    /** Alone, a daemon that is only slow loses nothing of a connection: what finds no room is sent again when there is some. */
    @ParameterizedTest
    @CsvSource({"true, true", "false, true", "true, false", "false, false"})
    void theRingHoldsBackWhatSomebodyWillFollow(boolean attended, boolean hasSlot) throws Exception {
        Fixture.Pair p = f.connect(Lab.VIP4);
        TestDaemon.Conn c = daemon.only();
        if (hasSlot) wrap.slots().want(c.slot, c.serverIsn + 1);
        else wrap.unbind(c.key);
        wrap.gate().mode(GateMode.OPEN);
        wrap.gate().attended(attended ? Long.MAX_VALUE : 0);
        daemon.paused = true;
        byte[] bytes = Fixture.pattern(4 * Fixture.RING);
        CompletableFuture<Boolean> up = pass(p.client(), lab.client, p.service(), lab.server, bytes);
        CompletableFuture<Boolean> down = pass(p.service(), lab.server, p.client(), lab.client, bytes);
        if (attended) Lab.await("a full ring", () -> wrap.gate().count(GateCounter.CAPTURE_FULL_DROPS) > 0);
        else
            assertThat(up.get(20, TimeUnit.SECONDS) && down.get(20, TimeUnit.SECONDS))
                    .isTrue();
        assertThat(up.isDone() && down.isDone()).isEqualTo(!attended);
        daemon.paused = false;
        assertThat(up.get(20, TimeUnit.SECONDS) && down.get(20, TimeUnit.SECONDS))
                .isTrue();
        Lab.await("an empty ring", () -> wrap.capture().backlog() == 0);
        if (!hasSlot) return; // whose bytes they are, the engine finds out
        if (attended) Lab.await("all captured", () -> c.clientBytes == bytes.length && c.serverBytes == bytes.length);
        else assertThat(c.clientBytes).as("captured of %d", bytes.length).isLessThan(bytes.length);
    }

    /** What is said only once, and is lost: the daemon has to know that there is something to ask for. */
    @Test
    void anEndWithoutRoomIsCounted() throws Exception {
        ServerSocket listener = f.listen(Lab.VIP4);
        Fixture.Pair p = f.connect(Lab.VIP4, listener);
        List<Fixture.Pair> others = new ArrayList<>();
        for (int i = 0; i < 60; i++) others.add(f.connect(Lab.VIP4, listener));
        wrap.gate().mode(GateMode.OPEN);
        wrap.gate().attended(0);
        daemon.checkBytes = false;
        daemon.paused = true;
        byte[] bytes = Fixture.pattern(4 * Fixture.RING);
        assertThat(pass(p.client(), lab.client, p.service(), lab.server, bytes).get(20, TimeUnit.SECONDS))
                .isTrue();
        // What is left is too small for a large segment, but not for a record without bytes.
        for (int i = 0; i < 1000; i++) p.client().getOutputStream().write(i);
        for (Fixture.Pair other : others) {
            other.service().setSoLinger(true, 0);
            other.service().close();
        }
        Lab.await("a loss", () -> wrap.gate().count(GateCounter.NOTES_LOST) > 0);
        daemon.paused = false;
        Lab.await(
                "the others",
                () -> wrap.gate().count(GateCounter.NOTES_LOST) + daemon.count(CaptureRecord.GONE) == others.size());
    }

    private CompletableFuture<Boolean> pass(Socket from, String fromHost, Socket to, String toHost, byte[] bytes) {
        lab.start(fromHost, () -> {
            from.getOutputStream().write(bytes);
            return null;
        });
        return lab.start(toHost, () -> Arrays.equals(to.getInputStream().readNBytes(bytes.length), bytes));
    }
}
