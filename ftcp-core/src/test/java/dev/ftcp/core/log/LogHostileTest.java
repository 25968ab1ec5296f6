package dev.ftcp.core.log;

import static dev.ftcp.core.log.RecordLayout.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingCorruptException;
import dev.ftcp.core.ring.RingWriter;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that no LogWriter writes: the ring is in order, what is in it is not. */
@Timeout(30)
class LogHostileTest {
    private static final RegionSpec SPEC = new RegionSpec(1, 16384);
    private static final int FLOWS = 10;

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @ValueSource(
            ints = {
                OPENED,
                CLIENT_BYTES,
                SERVER_BYTES,
                SERVER_AT,
                ACKED,
                SAFE_POINT,
                CLIENT_FIN,
                SERVER_FIN,
                UNPROTECTED,
                CLOSED,
                SNAPSHOT_BEGIN,
                SNAPSHOT_END,
                HANDOVER
            })
    void commonFieldsAreChecked(int type) {
        refuses(type, length(type), b -> b.putInt(FLOW, FLOWS), "flow 10");
        refuses(type, length(type), b -> b.putInt(FLOW, -1), "flow -1");
        refuses(type, length(type), b -> b.putLong(EPOCH, -1), "epoch -1");
        refuses(type, length(type), b -> b.putLong(EPOCH, 1L << 62), "epoch");
        refuses(type, 0, b -> {}, "length 0");
        refuses(type, FIXED - 1, b -> {}, "length 23");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {OPENED, SERVER_AT, ACKED, CLIENT_FIN, SERVER_FIN, CLOSED, SNAPSHOT_BEGIN, SNAPSHOT_END, HANDOVER})
    void lengthsAreExact(int type) {
        refuses(type, length(type) + 1, b -> {}, "length");
        if (type == OPENED) refuses(type, length(type) - 1, b -> {}, "length");
    }

    @ParameterizedTest
    @ValueSource(ints = {CLIENT_BYTES, SERVER_BYTES, SERVER_AT, ACKED, SAFE_POINT, CLIENT_FIN, SERVER_FIN, HANDOVER})
    void offsetsAreChecked(int type) {
        refuses(type, length(type), b -> b.putLong(OFFSET, -1), "-1");
        refuses(type, length(type), b -> b.putLong(OFFSET, Long.MAX_VALUE), Long.toString(Long.MAX_VALUE));
        if (type == SAFE_POINT) refuses(type, length(type), b -> b.putLong(SAFE_SERVER, -5), "server offset -5");
    }

    @ParameterizedTest
    @CsvSource({"64, 0", "64, 65536", "64, -1", "68, -1", "68, 1073725441"})
    void openingsAreChecked(int at, int value) {
        refuses(OPENED, OPENED_BYTES, b -> b.putInt(at, value), "OPENED");
    }

    @Test
    void openingsOptionsAreChecked() {
        refuses(OPENED, OPENED_BYTES, b -> b.put(CLIENT_SCALE, (byte) 15), "client scale");
        refuses(OPENED, OPENED_BYTES, b -> b.put(SERVER_SCALE, (byte) -2), "server scale");
        refuses(OPENED, OPENED_BYTES, b -> b.put(SERVER_SCALE, (byte) -1), "one-sided");
        refuses(OPENED, OPENED_BYTES, b -> b.put(BITS, (byte) 4), "option bits");
        refuses(OPENED, OPENED_BYTES, b -> b.putLong(MAC, 1L << 48), "peer MAC");
    }

    @Test
    void otherTypesFlowsAndTextsAreRefused() {
        refuses(HANDOVER + 1, FIXED, b -> {}, "type 14");
        refuses(SNAPSHOT_END, FIXED, b -> b.putInt(FLOW, 1), "flow 1");
        refuses(CLIENT_BYTES, FIXED, b -> {}, "length 24");
        refuses(UNPROTECTED, FIXED + 1, b -> b.put(FIXED, (byte) 27), "character 27");
        refuses(UNPROTECTED, FIXED + MAX_REASON + 1, b -> {}, "length");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomRecordsNeverEscape(long seed) {
        System.out.println("LogHostileTest.random seed " + seed);
        Random random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 5_000; round++) {
            Region fresh = Region.create(ByteBuffer.allocateDirect(SPEC.totalBytes()), SPEC);
            RingWriter to = fresh.writer(0);
            int type = 1 + random.nextInt(15);
            int length = random.nextInt(4) == 0 ? random.nextInt(200) : length(type) + random.nextInt(2);
            int at = to.tryClaim(type, length);
            for (int i = 0; i < length; i++)
                to.buffer().put(at + i, (byte) (random.nextInt(3) == 0 ? random.nextInt() : 0));
            to.commit();
            to.publish();
            try {
                new LogReader(fresh.reader(0), FLOWS).poll(recorder, 10);
            } catch (RingCorruptException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    private void refuses(int type, int length, Consumer<ByteBuffer> spoil, String named) {
        RegionSpec spec = new RegionSpec(1, 4096);
        Region fresh = Region.create(ByteBuffer.allocateDirect(spec.totalBytes()), spec);
        RingWriter to = fresh.writer(0);
        int at = to.tryClaim(type, length);
        ByteBuffer payload = to.buffer()
                .slice(at, Math.max(length, OPENED_BYTES))
                .order(to.buffer().order());
        if (type == OPENED) payload.putInt(MSS, 1460);
        spoil.accept(payload);
        to.commit();
        to.publish();
        LogReader victim = new LogReader(fresh.reader(0), FLOWS);
        assertThatThrownBy(() -> victim.poll(recorder, 10))
                .isInstanceOf(RingCorruptException.class)
                .hasMessageContaining(named);
        assertThatThrownBy(() -> victim.poll(recorder, 10)).as("sticky").isInstanceOf(RingCorruptException.class);
        assertThat(recorder.seen).isEmpty();
    }

    private static int length(int type) {
        return switch (type) {
            case OPENED -> OPENED_BYTES;
            case CLIENT_BYTES, SERVER_BYTES -> FIXED + 5;
            case SAFE_POINT -> PRELUDE;
            default -> FIXED;
        };
    }
}
