package dev.ftcp.daemon.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final ChunkPool pool = new ChunkPool(1 << 20);
    private final Turns turns = new Turns();
    private final FlowLedger first = quiet(1), second = quiet(2), third = quiet(3);

    private FlowLedger opened(int port) {
        FlowKey key = new FlowKey(0, 1, 0, 2, 80, port);
        return new FlowLedger(
                new Opening(port, key, 1000, 2000, 1460, 7, 7, true, true, 1, 0, 64240), pool, 1 << 16, 0);
    }

    /** After an exchange that both sides have. */
    private FlowLedger quiet(int port) {
        FlowLedger flow = inRequest(port);
        flow.appendServer(ByteBuffer.wrap(new byte[10]), 0, 10);
        flow.safePoint(10, 10, new byte[0]);
        flow.acked(10);
        return flow;
    }

    private FlowLedger inRequest(int port) {
        FlowLedger flow = opened(port);
        assertThat(flow.appendClient(ByteBuffer.wrap(new byte[10]), 0, 10)).isTrue();
        return flow;
    }

    @Test
    void thoseThatWaitForSomethingAreAskedFirst() {
        FlowLedger request = inRequest(4), opening = opened(5);
        Stream.of(first, request, second, opening, third).forEach(turns::add);
        turns.spoke(third);
        assertThat(Stream.generate(turns::toAsk).limit(5)).containsExactly(request, opening, third, first, second);
        assertThat(turns.hasUnasked()).isFalse();
        assertThatThrownBy(turns::toAsk).hasMessage("all are asked");
    }

    @Test
    void oneThatAnswersUnaskedIsNotAsked() {
        turns.add(first);
        turns.answered(first, false);
        assertThat(turns.hasUnasked()).isFalse();
        assertThat(turns.toContinue()).isSameAs(first);
        assertThat(turns.toContinue()).isNull();
    }

    @Test
    void thoseForWhomNothingIsUnderWayAreContinuedWhenAllAreAsked() {
        Stream.of(first, second, third).forEach(turns::add);
        turns.toAsk();
        turns.answered(first, false);
        assertThat(turns.toContinue()).isNull();
        turns.toAsk();
        turns.answered(second, true);
        assertThat(turns.toContinue()).as("its client has sent something").isSameAs(second);
        turns.spoke(first);
        assertThat(turns.toContinue()).as("and so has this one now").isSameAs(first);
        turns.toAsk();
        turns.answered(third, false);
        assertThat(turns.toContinue()).isSameAs(third);
    }

    @Test
    void oneThatIsGoneHasNoTurn() {
        turns.add(first);
        turns.add(second);
        turns.answered(second, true);
        turns.remove(first);
        turns.remove(second);
        assertThat(turns.hasUnasked()).isFalse();
        assertThat(turns.toContinue()).isNull();
    }
}
