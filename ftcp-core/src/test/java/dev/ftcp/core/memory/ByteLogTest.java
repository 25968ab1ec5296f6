package dev.ftcp.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteLogTest {
    private static final long START = 5_000_000_000L;

    private final ChunkPool pool = new ChunkPool(1 << 20);

    /** What a log should hold, in the plainest way. */
    private static final class Model {
        long start = START;
        byte[] bytes = {};

        long end() {
            return start + bytes.length;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void manyLogsBehaveAsPlainArrays(long seed) {
        System.out.println("ByteLogTest.random seed " + seed);
        Random random = new Random(seed);
        ByteLog[] logs = new ByteLog[20];
        Model[] models = new Model[logs.length];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = new ByteLog(pool, 100_000, START);
            models[i] = new Model();
        }
        int refused = 0;
        for (int step = 0; step < 20_000; step++) {
            int i = random.nextInt(logs.length);
            refused += step(random, logs[i], models[i]) ? 0 : 1;
            compare(random, logs[i], models[i]);
            long held = Arrays.stream(logs).mapToLong(ByteLog::heldBytes).sum();
            assertThat(pool.usedBytes()).isBetween(held, pool.limitBytes());
        }
        for (ByteLog log : logs) log.clear();
        assertThat(refused).isPositive();
        assertThat(pool.usedBytes()).isZero();
    }

    private static boolean step(Random random, ByteLog log, Model model) {
        switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> {
                byte[] fresh = new byte[random.nextInt(random.nextInt(4) == 0 ? 40_000 : 700)];
                random.nextBytes(fresh);
                ByteBuffer src = ByteBuffer.allocate(fresh.length + 3).put(3, fresh);
                if (!log.append(src, 3, fresh.length)) return false;
                int old = model.bytes.length;
                model.bytes = Arrays.copyOf(model.bytes, old + fresh.length);
                System.arraycopy(fresh, 0, model.bytes, old, fresh.length);
            }
            case 4 -> {
                int at = random.nextInt(model.bytes.length + 1);
                byte[] other = new byte[random.nextInt(model.bytes.length - at + 1)];
                random.nextBytes(other);
                log.overwrite(model.start + at, ByteBuffer.wrap(other), 0, other.length);
                System.arraycopy(other, 0, model.bytes, at, other.length);
            }
            case 5, 6 -> {
                int at = random.nextInt(3) == 0 ? model.bytes.length : random.nextInt(model.bytes.length + 1);
                log.trimTo(model.start + at);
                model.bytes = Arrays.copyOfRange(model.bytes, at, model.bytes.length);
                model.start += at;
                log.trimTo(model.start - 1); // long gone: changes nothing
            }
            default -> {
                if (random.nextInt(20) > 0) return true;
                model.start = random.nextBoolean() ? model.end() : model.end() + random.nextInt(1000);
                model.bytes = new byte[0];
                if (model.start == log.end()) log.clear();
                else log.reset(model.start);
            }
        }
        return true;
    }

    private static void compare(Random random, ByteLog log, Model model) {
        assertThat(log.start()).isEqualTo(model.start);
        assertThat(log.end()).isEqualTo(model.end());
        assertThat(log.size()).isEqualTo(model.bytes.length);
        int from = random.nextInt(model.bytes.length + 1);
        ByteBuffer dst = ByteBuffer.allocate(random.nextInt(60_000));
        int n = log.copyTo(model.start + from, dst);
        assertThat(n)
                .isEqualTo(Math.min(dst.capacity(), model.bytes.length - from))
                .isEqualTo(dst.position());
        assertThat(Arrays.mismatch(dst.array(), 0, n, model.bytes, from, from + n))
                .isEqualTo(-1);
        if (model.bytes.length == 0) {
            assertThat(log.heldBytes()).isZero();
            return;
        }
        assertThat(log.get(model.start)).isEqualTo(model.bytes[0]);
        int[] at = {from};
        int stopAfter = random.nextInt(5);
        int[] visits = {0};
        long reached = log.forEachChunk(model.start + from, model.end(), (buffer, index, length) -> {
            assertThat(length).isPositive();
            if (visits[0]++ == stopAfter) return false;
            for (int i = 0; i < length; i += 97)
                if (buffer.get(index + i) != model.bytes[at[0] + i]) throw new AssertionError("byte " + (at[0] + i));
            at[0] += length;
            return true;
        });
        assertThat(reached).isEqualTo(model.start + at[0]);
        if (visits[0] <= stopAfter) assertThat(reached).isEqualTo(model.end());
    }

    @Test
    void aLogThatIsOverItsLimitIsUnchanged() {
        ByteLog log = new ByteLog(pool, 10, 0);
        assertThat(log.append(ByteBuffer.allocate(10), 0, 10)).isTrue();
        assertThat(log.append(ByteBuffer.allocate(10), 0, 1)).isFalse();
        log.trimTo(1);
        assertThat(log.append(ByteBuffer.allocate(10), 0, 1)).isTrue();
        assertThat(log.size()).isEqualTo(10);
    }

    @Test
    void aFullPoolTakesNothingAndGivesBackWhatItTook() {
        ByteLog big = new ByteLog(pool, Long.MAX_VALUE, 0);
        ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
        assertThat(big.append(bytes, 0, (1 << 20) - ChunkPool.LARGE)).isTrue();
        ByteLog other = new ByteLog(pool, Long.MAX_VALUE, 0);
        assertThat(other.append(bytes, 0, ChunkPool.LARGE + 1)).isFalse();
        assertThat(other.heldBytes()).isZero();
        assertThat(other.append(bytes, 0, ChunkPool.LARGE)).isTrue();
        assertThat(big.append(bytes, 0, 1)).isFalse();
        other.clear();
        assertThat(big.append(bytes, 0, 1)).isTrue();
        assertThat(pool.reservedBytes()).isEqualTo(1 << 20);
    }

    @Test
    void aFewBytesTakeASmallChunk() {
        ByteLog[] logs = new ByteLog[16];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = new ByteLog(pool, 1000, 0);
            logs[i].append(ByteBuffer.allocate(300), 0, 300);
        }
        assertThat(pool.usedBytes()).isEqualTo(ChunkPool.LARGE);
        for (ByteLog log : logs) log.trimTo(300);
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void bytesThatAreNotRetainedCannotBeTouched() {
        ByteLog log = new ByteLog(pool, 1000, 100);
        log.append(ByteBuffer.allocate(50), 0, 50);
        log.trimTo(110);
        ByteBuffer b = ByteBuffer.allocate(100);
        assertThatThrownBy(() -> log.overwrite(109, b, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.overwrite(149, b, 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.overwrite(120, b, 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.copyTo(109, b)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.copyTo(151, b)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.trimTo(151)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.get(150)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.reset(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(log.copyTo(150, b)).isZero();
    }
}
