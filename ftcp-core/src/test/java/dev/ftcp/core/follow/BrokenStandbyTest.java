package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.follow.Bench.Conn;
import dev.ftcp.core.ring.RingCorruptException;
import org.junit.jupiter.api.Test;

/** A standby that writes nonsense costs the protection, and nothing else. */
class BrokenStandbyTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void theEngineGoesOnAloneAndHasAnotherStandbyLater() {
        Bench bench = new Bench(new HttpAdapter());
        Standby standby = bench.join(8192);
        Conn c = bench.open(1);
        c.client(0, GET);
        standby.breakHead();
        assertThatThrownBy(() -> c.server(0, OK)).isInstanceOf(RingCorruptException.class);
        bench.engine.detach();
        assertThat(bench.capture(c.fromServer(0, Bench.text(OK), 0, true))).isTrue();
        c.client(GET.length(), GET);
        Standby second = bench.join(8192);
        Ledgers.assertEqual(second.known(c.key), c.ledger());
        assertThat(c.ledger().safeClient()).isEqualTo(GET.length());
        assertThat(c.ledger().unprotected()).isNull();
    }
}
