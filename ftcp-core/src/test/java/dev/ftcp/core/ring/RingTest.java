package dev.ftcp.core.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingTest {
    private static final RegionSpec SPEC = new RegionSpec(2, 4096);

    private record Sent(int type, byte[] bytes) {}

    private final ByteBuffer memory = Memory.of(SPEC);
    private final Region owner = Region.create(memory, SPEC);
    private final RingReader reader = owner.reader(0);
    private final RingWriter writer = Region.open(memory).writer(0);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsReadIsWhatWasPublishedInOrder(long seed) {
        System.out.println("RingTest.random seed " + seed);
        Random random = new Random(seed);
        ArrayDeque<Sent> committed = new ArrayDeque<>();
        ArrayDeque<Sent> visible = new ArrayDeque<>();
        long full = 0;
        long taken = 0;
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    Sent sent = record(random);
                    int at = writer.tryClaim(sent.type, sent.bytes.length);
                    if (at < 0) {
                        full++;
                        assertThat(writer.freeBytes()).isLessThan(2L * RegionLayout.recordBytes(sent.bytes.length));
                        break;
                    }
                    assertThat(at % 8).isZero();
                    writer.buffer().put(at, sent.bytes);
                    if (random.nextInt(10) == 0) break; // given up
                    writer.commit();
                    committed.add(sent);
                }
                case 3 -> {
                    assertThat(writer.publish()).isEqualTo(!committed.isEmpty());
                    visible.addAll(committed);
                    committed.clear();
                }
                default -> taken += take(visible, random.nextInt(12), random);
            }
            assertThat(reader.isEmpty()).isEqualTo(visible.isEmpty());
        }
        writer.publish();
        visible.addAll(committed);
        taken += take(visible, Integer.MAX_VALUE, null);
        assertThat(visible).isEmpty();
        assertThat(reader.records()).isEqualTo(taken).isEqualTo(writer.records());
        assertThat(writer.consumed()).isEqualTo(writer.position());
        assertThat(writer.freeBytes()).isEqualTo(writer.capacity());
        assertThat(full).isPositive().isEqualTo(writer.refused());
        assertThat(writer.position()).as("laps").isGreaterThan(100L * writer.capacity());
    }

    private int take(ArrayDeque<Sent> visible, int limit, @org.jspecify.annotations.Nullable Random stop) {
        return reader.poll(
                (type, buffer, index, length) -> {
                    if (stop != null && stop.nextInt(20) == 0) return false;
                    Sent expected = visible.remove();
                    byte[] got = new byte[length];
                    buffer.get(index, got);
                    assertThat(type).isEqualTo(expected.type);
                    assertThat(got).isEqualTo(expected.bytes);
                    return true;
                },
                limit);
    }

    private Sent record(Random random) {
        int max = writer.maxRecord();
        int length = switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> max;
            case 2 -> random.nextInt(max + 1);
            default -> random.nextInt(64);
        };
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return new Sent(1 + random.nextInt(RegionLayout.MAX_TYPE), bytes);
    }

    @Test
    void nothingIsVisibleBeforePublish() {
        write(1, 10);
        write(2, 10);
        assertThat(reader.poll((t, b, i, l) -> true, 10)).isZero();
        assertThat(writer.publish()).isTrue();
        assertThat(writer.publish()).isFalse();
        assertThat(reader.backlog()).isEqualTo(writer.position());
        assertThat(reader.poll((t, b, i, l) -> true, 10)).isEqualTo(2);
    }

    @Test
    void roomIsFreedOncePerPoll() {
        for (int i = 0; i < 5; i++) write(1, 8);
        writer.publish();
        reader.poll(
                (t, b, i, l) -> {
                    assertThat(writer.consumed()).isZero();
                    return true;
                },
                5);
        assertThat(writer.consumed()).isEqualTo(writer.position());
    }

    @Test
    void aHandlerThatThrowsKeepsItsRecord() {
        write(1, 8);
        write(2, 8);
        writer.publish();
        assertThatThrownBy(() -> reader.poll(
                        (type, b, i, l) -> {
                            if (type == 2) throw new IllegalStateException("mine");
                            return true;
                        },
                        5))
                .hasMessage("mine");
        assertThat(reader.poll((type, b, i, l) -> type == 2, 5)).isEqualTo(1);
    }

    @Test
    void oneSleepIsAnsweredByOneDoorbell() {
        assertThat(writer.needsDoorbell()).isFalse();
        assertThat(reader.prepareSleep()).isTrue();
        write(1, 8);
        writer.publish();
        assertThat(writer.needsDoorbell()).isTrue();
        assertThat(writer.needsDoorbell()).isFalse();
        assertThat(reader.prepareSleep()).as("something is there").isFalse();
        assertThat(writer.needsDoorbell()).as("it didn't sleep").isFalse();
        reader.poll((t, b, i, l) -> true, 5);
        assertThat(reader.prepareSleep()).isTrue();
        reader.awake();
        assertThat(writer.needsDoorbell()).isFalse();
    }

    @Test
    void aNewWriterAndReaderGoOnWhereTheOldOnesWere() {
        write(1, 100);
        write(2, 100);
        writer.publish();
        reader.poll((t, b, i, l) -> true, 1);
        write(3, 100); // never published: lost with its writer
        Region again = Region.open(memory);
        RingWriter next = again.writer(0);
        assertThat(next.position()).isEqualTo(writer.position());
        next.tryClaim(4, 10);
        next.commit();
        next.publish();
        int[] types = new int[2];
        int[] n = {0};
        RingReader nextReader = again.reader(0);
        nextReader.poll(
                (t, b, i, l) -> {
                    types[n[0]++] = t;
                    return true;
                },
                5);
        assertThat(types).containsExactly(2, 4);
        assertThat(next.records()).isEqualTo(nextReader.records()).isEqualTo(3);
    }

    @Test
    void lanesAreIndependent() {
        RingWriter other = owner.writer(1);
        other.tryClaim(9, 8);
        other.commit();
        other.publish();
        assertThat(reader.isEmpty()).isTrue();
        assertThat(owner.reader(1).backlog()).isEqualTo(16);
        assertThatThrownBy(() -> owner.writer(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThatThrownBy(() -> writer.tryClaim(0, 8)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.tryClaim(RegionLayout.MAX_TYPE + 1, 8))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.tryClaim(1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.tryClaim(1, writer.maxRecord() + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
    }

    private void write(int type, int length) {
        assertThat(writer.tryClaim(type, length)).isNotNegative();
        writer.commit();
    }
}
