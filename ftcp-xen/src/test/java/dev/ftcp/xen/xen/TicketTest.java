package dev.ftcp.xen.xen;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketTest {
    @Test
    void whatIsWrittenIsRead() {
        Ticket t = new Ticket(32751, 1, 262143, -1L, 4095);
        assertThat(Ticket.parse(t.text())).isEqualTo(t);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "domid=1",
                "domid=1 peer=2 page=3 nonce=4 port=5 x=6",
                "domid=-1 peer=2 page=3 nonce=4 port=5",
                "domid=1 peer=2 page=9999999999 nonce=4 port=5",
                "domid=1 peer=2 page=3 nonce=11112222333344445 port=5",
                "domid=1 peer=2 page=3 nonce=g port=5"
            })
    void whatIsNoneIsNone(String text) {
        assertThat(Ticket.parse(text)).isNull();
        assertThat(Ticket.parse(null)).isNull();
    }
}
