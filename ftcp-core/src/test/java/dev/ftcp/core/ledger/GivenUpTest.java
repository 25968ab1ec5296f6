package dev.ftcp.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The standby counts what it gave up by itself, for as long as the primary can't know and the connection is open. */
class GivenUpTest {
    private static final ByteBuffer BYTES = ByteBuffer.allocate(10);

    private final Ledger ledger = new Ledger(4, new ChunkPool(1 << 20), 1 << 20);

    @Test
    void onlyOwnReasonsCount() {
        for (int flow = 0; flow < 3; flow++) {
            ledger.opened(opening(flow));
            assertThat(ledger.givenUp()).isZero();
        }
        ledger.unprotected(0, "told by the primary");
        assertThat(ledger.givenUp()).isZero();
        ledger.clientBytes(1, 5, BYTES, 0, 10);
        ledger.serverFin(2, 7);
        assertThat(ledger.givenUp()).isEqualTo(2);
        ledger.unprotected(1, "told by the primary");
        assertThat(ledger.givenUp()).isEqualTo(1);
        ledger.closed(2, 0);
        assertThat(ledger.givenUp()).isZero();
    }

    @Test
    void aNewOpeningOrANewCopyBeginsAnew() {
        ledger.opened(opening(1));
        ledger.clientFin(1, 9);
        assertThat(ledger.givenUp()).isEqualTo(1);
        ledger.opened(opening(1));
        assertThat(ledger.givenUp()).isZero();
        ledger.clientFin(1, 9);
        ledger.snapshotBegin();
        assertThat(ledger.givenUp()).isZero();
    }

    private static Opening opening(int flow) {
        FlowKey key = new FlowKey(0, 0xFFFF0A4D0064L, 0, 0xFFFF0A4D0001L, 80, 40000 + flow);
        return new Opening(flow, key, 1000, 2000, 1460, 7, 7, true, true, 1, 0, 64240);
    }
}
