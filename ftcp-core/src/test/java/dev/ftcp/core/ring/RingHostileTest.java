package dev.ftcp.core.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the other side writes, this side ends with an exception of its own, in bounded time. */
@Timeout(30)
class RingHostileTest {
    private static final RegionSpec SPEC = new RegionSpec(1, 4096);
    private static final RecordHandler TAKE = (type, buffer, index, length) -> {
        byte[] bytes = new byte[length];
        buffer.get(index, bytes);
        return true;
    };

    private final ByteBuffer memory = Memory.of(SPEC);
    private final Region region = Region.create(memory, SPEC);
    private final RingReader reader = region.reader(0);
    private final RingWriter writer = region.writer(0);

    static LongStream nonsense() {
        return LongStream.of(
                -1, -8, 1, 4, 7, 4097, 4096 + 8, Long.MAX_VALUE, Long.MAX_VALUE & -8, Long.MIN_VALUE, 1L << 32);
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void aTailThatCannotBeEndsTheReader(long tail) {
        memory.putLong(Memory.tailAt(SPEC), tail);
        assertThatThrownBy(() -> reader.poll(TAKE, 10)).isInstanceOf(RingCorruptException.class);
        memory.putLong(Memory.tailAt(SPEC), 0);
        assertThatThrownBy(() -> reader.poll(TAKE, 10)).as("sticky").isInstanceOf(RingCorruptException.class);
        assertThatThrownBy(reader::prepareSleep).isInstanceOf(RingCorruptException.class);
        assertThatThrownBy(reader::isEmpty).isInstanceOf(RingCorruptException.class);
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void aTailThatCannotBeEndsSleepToo(long tail) {
        memory.putLong(Memory.tailAt(SPEC), tail);
        assertThatThrownBy(reader::prepareSleep).isInstanceOf(RingCorruptException.class);
        assertThatThrownBy(reader::backlog).as("sticky").isInstanceOf(RingCorruptException.class);
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void aHeadThatCannotBeEndsTheWriter(long head) {
        memory.putLong(Memory.headAt(SPEC), head);
        assertThatThrownBy(writer::freeBytes).isInstanceOf(RingCorruptException.class);
        memory.putLong(Memory.headAt(SPEC), 0);
        assertThatThrownBy(() -> writer.tryClaim(1, 8)).as("sticky").isInstanceOf(RingCorruptException.class);
        assertThatThrownBy(writer::publish).isInstanceOf(RingCorruptException.class);
    }

    @Test
    void aHeadThatGoesBackEndsTheWriter() {
        write(16);
        reader.poll(TAKE, 1);
        assertThat(writer.consumed()).isEqualTo(24);
        memory.putLong(Memory.headAt(SPEC), 16);
        assertThatThrownBy(writer::consumed)
                .isInstanceOf(RingCorruptException.class)
                .hasMessageContaining("head is 16");
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void cursorsThatCannotBeAreRefusedWhenALaneIsTakenUp(long value) {
        memory.putLong(Memory.tailAt(SPEC), value);
        assertThatThrownBy(() -> region.writer(0)).isInstanceOf(RingCorruptException.class);
        assertThatThrownBy(() -> region.reader(0)).isInstanceOf(RingCorruptException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1, -1",
        "1, -8",
        "1, 2147483647",
        "1, 2147483640",
        "1, -2147483648",
        "1, 1017",
        "1, 1020",
        "1, 64",
        "1, 25",
        "0, 8",
        "65536, 8",
        "-2, 8",
        "-1, 0",
        "-1, -1",
        "-1, 4080",
        "-1, 4089",
        "-1, 4088"
    })
    void aRecordThatCannotBeEndsTheReader(int type, int length) {
        write(24);
        memory.putLong(Memory.dataAt(SPEC), RegionLayout.header(type, length));
        assertThatThrownBy(() -> reader.poll(TAKE, 10)).isInstanceOf(RingCorruptException.class);
        assertThat(reader.position()).isZero();
    }

    @Test
    void aRecordMayNotCrossTheEndOfTheLane() {
        while (writer.position() + 24 < 4096) {
            write(16);
            reader.poll(TAKE, 1);
        }
        int index = (int) writer.position();
        write(16);
        memory.putLong(Memory.dataAt(SPEC) + index, RegionLayout.header(1, 16));
        assertThatThrownBy(() -> reader.poll(TAKE, 10)).isInstanceOf(RingCorruptException.class);
    }

    @Test
    void aHandlersVerdictIsSticky() {
        write(8);
        RecordHandler judge = (t, b, i, l) -> {
            throw new RingCorruptException("a lie");
        };
        assertThatThrownBy(() -> reader.poll(judge, 1)).hasMessage("a lie");
        assertThatThrownBy(() -> reader.poll(TAKE, 1)).hasMessage("a lie");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomBytesNeverEscapeNorHang(long seed) {
        System.out.println("RingHostileTest.randomBytes seed " + seed);
        Random random = new Random(seed);
        int corrupt = 0;
        for (int round = 0; round < 2_000; round++) {
            ByteBuffer m = Memory.of(SPEC);
            Region r = Region.create(m, SPEC);
            RingReader victim = r.reader(0);
            RingWriter source = r.writer(0);
            for (int i = random.nextInt(20);
                    i > 0 && source.tryClaim(1 + random.nextInt(9), random.nextInt(300)) >= 0;
                    i--) source.commit();
            source.publish();
            victim.poll(TAKE, random.nextInt(5));
            mutate(random, m);
            try {
                for (int polls = 0; polls < 10; polls++)
                    assertThat(victim.poll(TAKE, 1000)).isLessThanOrEqualTo(512);
            } catch (RingCorruptException e) {
                corrupt++;
            }
        }
        assertThat(corrupt).isPositive();
    }

    private static void mutate(Random random, ByteBuffer m) {
        int data = Memory.dataAt(SPEC);
        switch (random.nextInt(4)) {
            case 0 -> m.putLong(Memory.tailAt(SPEC), random.nextInt(600) * 8L);
            case 1 -> m.putLong(Memory.tailAt(SPEC), random.nextLong());
            case 2 -> {
                for (int i = 0; i < 4096; i++) m.put(data + i, (byte) random.nextInt());
            }
            default -> {
                for (int i = 0; i < 8; i++) m.put(data + random.nextInt(512), (byte) random.nextInt(4));
            }
        }
    }

    private void write(int length) {
        assertThat(writer.tryClaim(1, length)).isNotNegative();
        writer.commit();
        writer.publish();
    }
}
