package dev.ftcp.core.ledger;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records come from another machine: whatever they say, the ledger answers with a reason and never throws. */
class LedgerTest {
    private static final byte[] NONE = {};

    private final ChunkPool pool = new ChunkPool(16 << 20);
    private final Ledger ledger = new Ledger(8, pool, 100_000);

    private static Opening opening(int flow) {
        FlowKey key = new FlowKey(0, 1, 0, 2, 80, 1000 + flow);
        return new Opening(flow, key, 1, 2, 1460, 7, 7, true, true, 0, 3, 1000);
    }

    private @Nullable String reason() {
        String[] reason = new String[1];
        ledger.forEach(f -> reason[0] = f.unprotected());
        return reason[0];
    }

    private void client(long offset, String bytes) {
        ledger.clientBytes(3, offset, ByteBuffer.wrap(bytes.getBytes(US_ASCII)), 0, bytes.length());
    }

    private void server(long offset, String bytes) {
        ledger.serverBytes(3, offset, ByteBuffer.wrap(bytes.getBytes(US_ASCII)), 0, bytes.length());
    }

    @BeforeEach
    void open() {
        ledger.opened(opening(3));
        client(0, "0123456789");
        server(0, "abcdef");
        assertThat(reason()).isNull();
    }

    @Test
    void clientBytesOutOfPlace() {
        client(9, "x");
        assertThat(reason()).isEqualTo("log: client bytes at 9, expected 10");
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void clientBytesAfterTheEnd() {
        ledger.clientFin(3, 10);
        client(10, "x");
        assertThat(reason()).contains("after the end");
    }

    @Test
    void serverBytesOutOfPlace() {
        server(7, "x");
        assertThat(reason()).isEqualTo("log: server bytes at 7, expected 6");
    }

    @Test
    void serverBytesAfterTheEnd() {
        ledger.serverFin(3, 6);
        server(6, "x");
        assertThat(reason()).contains("after the end");
    }

    @Test
    void endsOutOfPlace() {
        ledger.clientFin(3, 11);
        assertThat(reason()).contains("client's end at 11");
    }

    @Test
    void serverEndOutOfPlace() {
        ledger.serverFin(3, 5);
        assertThat(reason()).contains("service's end at 5");
    }

    @Test
    void stepsBack() {
        ledger.serverAt(3, 5, 0);
        assertThat(reason()).contains("server at 5, was at 6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"11 6", "10 7", "4 3", "5 2", "4611686018427387904 6"})
    void safePointsThatCannotBe(String offsets) {
        ledger.safePoint(3, 5, 3, NONE);
        assertThat(reason()).isNull();
        String[] o = offsets.split(" ");
        ledger.safePoint(3, Long.parseLong(o[0]), Long.parseLong(o[1]), NONE);
        assertThat(reason()).startsWith("log: safe point");
    }

    @Test
    void anAcknowledgementOfWhatWasNotSent() {
        ledger.acked(3, 7);
        assertThat(reason()).contains("acknowledged 7 of 6");
    }

    @Test
    void unknownConnectionsAreLeftOut() {
        ledger.safePoint(5, 1, 1, NONE);
        ledger.clientFin(7, 3);
        ledger.closed(6, 0);
        ledger.unprotected(1, "why");
        assertThat(ledger.size()).isEqualTo(1);
    }

    @Test
    void aSnapshotBeginsAnew() {
        ledger.handover(9);
        ledger.snapshotEnd();
        assertThat(ledger.complete()).isTrue();
        ledger.snapshotBegin();
        assertThat(ledger.complete()).isFalse();
        assertThat(ledger.size()).isZero();
        assertThat(ledger.handoverEpoch()).isEqualTo(-1);
        assertThat(pool.usedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyRecords(long seed) {
        System.out.println("LedgerTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            int flow = random.nextInt(10);
            long offset = switch (random.nextInt(4)) {
                case 0 -> 1L << 62;
                case 1 -> random.nextInt(50);
                default -> guess(flow % 8, random);
            };
            switch (random.nextInt(14)) {
                case 0 -> ledger.opened(opening(random.nextInt(8)));
                case 1, 2, 3 ->
                    ledger.clientBytes(flow, offset, ByteBuffer.allocate(2000), 0, 1 + random.nextInt(2000));
                case 4, 5 -> ledger.serverBytes(flow, offset, ByteBuffer.allocate(2000), 0, 1 + random.nextInt(2000));
                case 6 -> ledger.serverAt(flow, offset, 0);
                case 7 -> ledger.acked(flow, offset);
                case 8, 9 -> ledger.safePoint(flow, offset, guess(flow % 8, random), NONE);
                case 10 -> ledger.clientFin(flow, offset);
                case 11 -> ledger.serverFin(flow, offset);
                case 12 -> ledger.closed(flow, 0);
                default -> {
                    if (random.nextInt(500) == 0) ledger.snapshotBegin();
                }
            }
        }
        assertThat(ledger.retained()).isBetween(0L, 8 * 200_000L);
        ledger.clear();
        assertThat(pool.usedBytes()).isZero();
    }

    private long guess(int flow, Random random) {
        long[] at = new long[1];
        boolean client = random.nextBoolean();
        ledger.forEach(f -> {
            if (f.opening().flow() == flow) at[0] = client ? f.clientEnd() : f.serverEnd();
        });
        return at[0];
    }
}
