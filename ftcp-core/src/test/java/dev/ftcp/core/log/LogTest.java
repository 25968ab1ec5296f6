package dev.ftcp.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogTest {
    private static final int FLOWS = 100;
    private static final RegionSpec SPEC = new RegionSpec(1, 16384);

    private final Region region = Region.create(ByteBuffer.allocateDirect(SPEC.totalBytes()), SPEC);
    private final LogWriter writer = new LogWriter(region.writer(0));
    private final LogReader reader = new LogReader(region.reader(0), FLOWS);
    private final Recorder recorder = new Recorder();
    private final List<String> expected = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyRecordArrivesAsItWasWritten(long seed) {
        System.out.println("LogTest.random seed " + seed);
        Random random = new Random(seed);
        writer.epoch(3);
        int refused = 0;
        for (int step = 0; step < 20_000; step++) {
            if (!write(random)) {
                refused++;
                writer.publish();
                reader.poll(recorder, Integer.MAX_VALUE);
            }
            if (random.nextInt(5) == 0) writer.publish();
            if (random.nextInt(20) == 0) reader.poll(recorder, 1 + random.nextInt(10));
        }
        writer.publish();
        reader.poll(recorder, Integer.MAX_VALUE);
        assertThat(refused).isPositive();
        assertThat(reader.epoch()).isEqualTo(3);
        assertThat(reader.stale()).isZero();
        assertThat(recorder.seen).isEqualTo(expected);
    }

    private boolean write(Random random) {
        int flow = random.nextInt(FLOWS);
        long offset = random.nextLong(RecordLayout.MAX_OFFSET + 1);
        int number = random.nextInt();
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? writer.maxPayload() : 100)];
        random.nextBytes(bytes);
        ByteBuffer src = ByteBuffer.allocate(bytes.length + 7).put(7, bytes);
        return switch (random.nextInt(13)) {
            case 0 -> {
                Opening o = opening(random, flow);
                yield note(writer.opened(o), o.toString());
            }
            case 1 ->
                note(
                        writer.clientBytes(flow, offset, src, 7, bytes.length),
                        "client " + flow + " " + offset + " " + Recorder.hex(src, 7, bytes.length));
            case 2 ->
                note(
                        writer.serverBytes(flow, offset, src, 7, bytes.length),
                        "server " + flow + " " + offset + " " + Recorder.hex(src, 7, bytes.length));
            case 3 -> note(writer.serverAt(flow, offset, number), "at " + flow + " " + offset + " " + number);
            case 4 -> note(writer.acked(flow, offset), "acked " + flow + " " + offset);
            case 5 ->
                note(
                        writer.safePoint(flow, offset, offset / 2, bytes),
                        "safe " + flow + " " + offset + " " + offset / 2 + " " + Recorder.hex(src, 7, bytes.length));
            case 6 -> note(writer.clientFin(flow, offset), "cfin " + flow + " " + offset);
            case 7 -> note(writer.serverFin(flow, offset), "sfin " + flow + " " + offset);
            case 8 -> note(writer.unprotected(flow, "why " + number), "unprotected " + flow + " why " + number);
            case 9 -> note(writer.closed(flow, number), "closed " + flow + " " + number);
            case 10 -> note(writer.snapshotBegin(), "begin");
            case 11 -> note(writer.snapshotEnd(), "end");
            default -> note(writer.handover(offset >>> 1), "handover " + (offset >>> 1));
        };
    }

    private boolean note(boolean written, String text) {
        if (written) expected.add(text);
        return written;
    }

    static Opening opening(Random random, int flow) {
        boolean scaled = random.nextBoolean();
        return new Opening(
                flow,
                new FlowKey(
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextInt(65536),
                        random.nextInt(65536)),
                random.nextInt(),
                random.nextInt(),
                1 + random.nextInt(65535),
                scaled ? random.nextInt(15) : -1,
                scaled ? random.nextInt(15) : -1,
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextInt(),
                random.nextLong(1L << 48),
                random.nextInt(Opening.MAX_WINDOW + 1));
    }

    @Test
    void recordsOfAnOlderEpochAreDroppedAndCounted() {
        writer.epoch(5);
        writer.acked(1, 10);
        writer.epoch(4);
        writer.acked(1, 11);
        writer.epoch(6);
        writer.acked(1, 12);
        writer.publish();
        assertThat(reader.poll(recorder, 10)).isEqualTo(3);
        assertThat(recorder.seen).containsExactly("acked 1 10", "acked 1 12");
        assertThat(reader.stale()).isEqualTo(1);
        reader.epoch(7);
        reader.epoch(1);
        writer.acked(1, 13);
        writer.publish();
        reader.poll(recorder, 10);
        assertThat(recorder.seen).hasSize(2);
        assertThat(reader.stale()).isEqualTo(2);
        assertThat(reader.epoch()).isEqualTo(7);
    }

    @Test
    void reasonsAreCutAndMadePrintable() {
        writer.unprotected(1, "caf\u00e9\n" + "x".repeat(500));
        writer.publish();
        reader.poll(recorder, 1);
        assertThat(recorder.seen).containsExactly("unprotected 1 caf??" + "x".repeat(195));
    }

    @Test
    void wrongArgumentsAreRefusedAndWriteNothing() {
        ByteBuffer bytes = ByteBuffer.allocate(writer.maxPayload() + 1);
        assertThatThrownBy(() -> writer.acked(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.acked(0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.clientBytes(0, 0, bytes, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.serverBytes(0, 0, bytes, 0, bytes.capacity()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.clientBytes(0, 0, bytes, bytes.capacity() - 1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> writer.epoch(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(writer.publish()).isFalse();
        assertThat(writer.clientBytes(0, 0, bytes, 0, writer.maxPayload())).isTrue();
        assertThat(writer.safePoint(0, 0, 0, new byte[writer.maxPayload()])).isTrue();
    }
}
