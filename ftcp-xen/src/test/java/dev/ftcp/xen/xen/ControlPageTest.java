package dev.ftcp.xen.xen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class ControlPageTest {
    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(GrantLimits.PAGE).order(ByteOrder.LITTLE_ENDIAN);
    private final ControlPage page = new ControlPage(memory);

    @Test
    void aByteThatTheKernelZeroesIsADeath() {
        page.open(5);
        page.mapped();
        assertThat(page.lives(ControlPage.SHARER)).isTrue();
        assertThat(page.lives(ControlPage.MAPPER)).isTrue();
        memory.put(ControlPage.SHARER, (byte) 0); // what gntalloc does
        assertThat(page.lives(ControlPage.SHARER)).isFalse();
        page.leave(ControlPage.MAPPER);
        assertThat(page.lives(ControlPage.MAPPER)).isFalse();
        assertThat(page.nonce()).isEqualTo(5);
    }

    @Test
    void offerAndAnswerDoNotTouchEachOther() {
        Hello hello = Hello.of("web", "1");
        page.offer(Message.offer("b", hello, "x"));
        page.answer(ControlPage.REFUSED, Message.refused("a", "no"));
        assertThat(page.offered()).isEqualTo(ControlPage.HELLO);
        assertThat(page.answered()).isEqualTo(ControlPage.REFUSED);
        assertThat(Message.decode(page.offerMessage()).objection("b", hello)).isNull();
        assertThat(Message.decode(page.answerMessage()).refusal()).isEqualTo("no");
        assertThat(page.nonce()).isZero();
        assertThat(page.lives(ControlPage.SHARER)).isFalse();
    }
}
