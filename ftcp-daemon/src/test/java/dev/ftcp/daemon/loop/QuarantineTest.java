package dev.ftcp.daemon.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A service that is killed by one request, among others. */
class QuarantineTest {
    private static final long SECOND = 1_000_000_000L;

    private final ChunkPool pool = new ChunkPool(1 << 20);
    private final Quarantine quarantine = new Quarantine(3);
    private long now = 1;

    private FlowLedger inRequest(int port) {
        FlowLedger flow = idle(port);
        assertThat(flow.appendClient(ByteBuffer.wrap(new byte[10]), 0, 10)).isTrue();
        return flow;
    }

    private FlowLedger idle(int port) {
        FlowKey key = new FlowKey(0, 1, 0, 2, 80, port);
        return new FlowLedger(
                new Opening(port, key, 1000, 2000, 1460, 7, 7, true, true, 1, 0, 64240), pool, 1 << 16, 0);
    }

    /** @param lived how long the service has lived with it, sent again, until the second one */
    private FlowLedger inRequestAtTwoFaults(long lived) {
        FlowLedger flow = inRequest(1);
        quarantine.fault(List.of(flow), now);
        quarantine.sentAgain(now);
        quarantine.fault(List.of(flow), now += lived);
        return flow;
    }

    @Test
    void onlyTheGuiltyIsGivenUp() {
        FlowLedger guilty = inRequest(1), upload = inRequest(2), idle = idle(3);
        List<FlowLedger> all = List.of(guilty, upload, idle);
        quarantine.fault(all, now);
        quarantine.sentAgain(now);
        assertThat(all).noneMatch(quarantine::isSuspect).noneMatch(quarantine::isGuilty);
        assertThat(quarantine.next(false, now)).isNull();

        quarantine.fault(all, now);
        assertThat(quarantine.isSuspect(guilty)).isTrue();
        assertThat(quarantine.isSuspect(upload)).isTrue();
        assertThat(quarantine.isSuspect(idle)).isFalse();
        // One after the other: the first one dies at its trial, and the second one, which waited, is not charged with
        // it.
        FlowLedger first = quarantine.next(false, now);
        assertThat(first).isSameAs(guilty);
        assertThat(quarantine.next(true, now += 2 * SECOND))
                .as("it is not there yet")
                .isNull();
        quarantine.fault(all, now);
        assertThat(quarantine.isGuilty(guilty)).isTrue();
        assertThat(quarantine.isGuilty(upload)).isFalse();
        assertThat(quarantine.next(false, now)).isSameAs(upload);
        assertThat(quarantine.next(false, now += SECOND / 2)).isNull();
        assertThat(quarantine.isOver()).isFalse();
        assertThat(quarantine.next(false, now += SECOND)).isNull();
        assertThat(quarantine.isOver()).isTrue();
        // It has passed: a later fault is its first one.
        quarantine.fault(List.of(upload, idle), now);
        assertThat(quarantine.isSuspect(upload)).isFalse();
    }

    @Test
    void aRequestThatIsAnsweredEndsItsTrialAtOnce() {
        FlowLedger flow = inRequest(1), next = inRequest(2);
        quarantine.fault(List.of(flow, next), now);
        quarantine.sentAgain(now);
        quarantine.fault(List.of(flow, next), now);
        assertThat(quarantine.next(false, now)).isSameAs(flow);
        flow.safePoint(10, 0, new byte[0]);
        assertThat(quarantine.next(false, now)).isSameAs(next);
    }

    @Test
    void anotherRequestIsAnotherCharge() {
        FlowLedger flow = inRequest(1);
        quarantine.fault(List.of(flow), now);
        quarantine.sentAgain(now);
        flow.safePoint(10, 0, new byte[0]);
        assertThat(flow.appendClient(ByteBuffer.wrap(new byte[10]), 0, 10)).isTrue();
        quarantine.fault(List.of(flow), now);
        assertThat(quarantine.isSuspect(flow)).isFalse();
    }

    @Test
    void aTrialLastsTwiceAsLongAsTheServiceTookToDie() {
        FlowLedger flow = inRequestAtTwoFaults(2 * SECOND);
        assertThat(quarantine.next(false, now)).isSameAs(flow);
        assertThat(quarantine.next(false, now += 4 * SECOND - 1)).isNull();
        assertThat(quarantine.isOver()).isFalse();
        quarantine.fault(List.of(flow), now);
        assertThat(quarantine.isGuilty(flow)).isTrue();
    }

    @Test
    void aRequestThatTheServiceHasLivedWithForLongIsNotSuspected() {
        FlowLedger flow = inRequestAtTwoFaults(12 * SECOND);
        assertThat(quarantine.isSuspect(flow)).isFalse();
    }

    @Test
    void aTakeoverCountsAsAFault() {
        FlowLedger flow = inRequest(1), idle = idle(2);
        quarantine.takenOver(List.of(flow, idle), now);
        assertThat(quarantine.isRepeated(open -> true, now += SECOND)).isTrue();
        assertThat(quarantine.isRepeated(open -> open == idle, now)).isFalse();
        assertThat(quarantine.isRepeated(open -> true, now + 12 * SECOND)).isFalse();
        quarantine.fault(List.of(flow, idle), now);
        assertThat(quarantine.isSuspect(flow)).isTrue();
        assertThat(quarantine.isSuspect(idle)).isFalse();
        flow.safePoint(10, 0, new byte[0]);
        assertThat(quarantine.isRepeated(open -> true, now)).isFalse();
    }

    @Test
    void whatIsDoneOnPurposeIsNoFault() {
        FlowLedger flow = inRequest(1);
        quarantine.fault(List.of(flow), now);
        quarantine.sentAgain(now);
        quarantine.restarted();
        assertThat(quarantine.isSuspect(flow)).isFalse();
        quarantine.takenOver(List.of(), now);
        assertThat(quarantine.isRepeated(open -> true, now)).isFalse();
        quarantine.fault(List.of(flow), now);
        assertThat(quarantine.isSuspect(flow)).isFalse();
    }
}
