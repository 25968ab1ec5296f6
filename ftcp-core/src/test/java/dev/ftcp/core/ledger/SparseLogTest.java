package dev.ftcp.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.memory.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparseLogTest {
    private static final int SIZE = 200_000;

    private final ChunkPool pool = new ChunkPool(64 << 20);

    /** What the log shows of a range, with −1 for gaps. */
    private static int[] shown(SparseLog log, long from, long to) {
        int[] all = new int[(int) (to - from)];
        Arrays.fill(all, -2);
        long[] next = {from};
        log.forEach(from, to, new SparseLog.Visitor() {
            @Override
            public void onBytes(long offset, ByteBuffer bytes) {
                assertThat(offset).isEqualTo(next[0]);
                next[0] += bytes.remaining();
                for (int i = (int) (offset - from); bytes.hasRemaining(); i++) all[i] = bytes.get();
            }

            @Override
            public void onGap(long offset, long length) {
                assertThat(offset).isEqualTo(next[0]);
                assertThat(length).isPositive();
                next[0] += length;
                Arrays.fill(all, (int) (offset - from), (int) (offset - from + length), -1);
            }
        });
        assertThat(next[0]).isEqualTo(to);
        return all;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void isWhatAnArrayWithHolesIs(long seed) {
        System.out.println("SparseLogTest seed " + seed);
        Random random = new Random(seed);
        SparseLog log = new SparseLog(pool, 1 << 20);
        int[] model = new int[SIZE];
        Arrays.fill(model, -1);
        int start = 0;
        int end = 0;
        while (end < SIZE - 3000) {
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    byte[] b = new byte[1 + random.nextInt(random.nextInt(8) == 0 ? 2500 : 40)];
                    for (int i = 0; i < b.length; i++) model[end + i] = b[i] = (byte) random.nextInt(128);
                    assertThat(log.append(ByteBuffer.wrap(b), 0, b.length)).isTrue();
                    end += b.length;
                }
                case 3 -> {
                    end += random.nextInt(60);
                    log.skipTo(end);
                }
                case 4 -> {
                    if (random.nextInt(10) > 0) break;
                    start = Math.max(start, Math.min(end, start + random.nextInt(end - start + 50)));
                    log.trimTo(random.nextInt(20) == 0 ? end + 5 : start);
                    start = (int) log.start();
                }
                default -> questions(log, model, start, end, random);
            }
            assertThat(log.start()).isEqualTo(start);
            assertThat(log.end()).isEqualTo(end);
        }
        assertThat(shown(log, start, end)).isEqualTo(Arrays.copyOfRange(model, start, end));
        log.trimTo(end);
        assertThat(pool.usedBytes()).isZero();
    }

    private static void questions(SparseLog log, int[] model, int start, int end, Random random) {
        if (start == end) return;
        int from = start + random.nextInt(end - start);
        int to = Math.min(end, from + random.nextInt(3000));
        assertThat(shown(log, from, to)).isEqualTo(Arrays.copyOfRange(model, from, to));
        boolean covered = true;
        for (int i = from; i < to; i++) covered &= model[i] >= 0;
        assertThat(log.covers(from, to)).isEqualTo(covered);
        int since = to;
        while (since > start && model[since - 1] >= 0) since--;
        assertThat(log.coveredFrom(to)).isEqualTo(since);
        int until = from;
        while (until < end && (model[until] >= 0) == (model[from] >= 0)) until++;
        assertThat(log.runEnd(from)).isEqualTo(until);
        ByteBuffer some = ByteBuffer.allocate(1 + random.nextInt(50));
        int expected = model[from] < 0 ? 0 : Math.min(some.capacity(), until - from);
        assertThat(log.copyTo(from, some)).isEqualTo(expected);
        assertThat(some.position()).isEqualTo(expected);
        assertThat(some.limit()).isEqualTo(some.capacity());
    }

    @Test
    void theLimitCountsBytesAndExtents() {
        SparseLog log = new SparseLog(pool, 1000);
        assertThat(log.append(ByteBuffer.allocate(1001), 0, 1001)).isFalse();
        assertThat(log.append(ByteBuffer.allocate(1000), 0, 1000)).isTrue();
        assertThat(log.append(ByteBuffer.allocate(1), 0, 1)).isFalse();
        assertThat(log.end()).isEqualTo(1000);

        SparseLog tiny = new SparseLog(pool, 1000);
        int extents = 0;
        while (tiny.append(ByteBuffer.allocate(1), 0, 1)) {
            tiny.skipTo(tiny.end() + 10);
            extents++;
        }
        assertThat(extents).isEqualTo((1000 + SparseLog.EXTENT_BYTES) / (1 + SparseLog.EXTENT_BYTES));
        tiny.trimTo(tiny.end());
        assertThat(tiny.append(ByteBuffer.allocate(1000), 0, 1000)).isTrue();
    }

    @Test
    void resetGoesOnElsewhere() {
        SparseLog log = new SparseLog(pool, 1000);
        log.append(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0, 3);
        log.reset(1L << 40);
        assertThat(log.retained()).isZero();
        log.append(ByteBuffer.wrap(new byte[] {4}), 0, 1);
        assertThat(shown(log, 1L << 40, (1L << 40) + 1)).containsExactly(4);
        assertThat(log.start()).isEqualTo(1L << 40);
    }

    @Test
    void aLongStreamOfSmallPiecesIsFast() {
        SparseLog log = new SparseLog(pool, 64 << 20);
        ByteBuffer one = ByteBuffer.allocate(6);
        long began = System.nanoTime();
        for (int i = 0; i < 200_000; i++) {
            log.append(one, 0, 6);
            log.skipTo(log.end() + 8000);
            if (i > 100_000) log.trimTo(log.start() + 8006);
            log.coveredFrom(log.end());
        }
        assertThat(System.nanoTime() - began).isLessThan(5_000_000_000L);
    }
}
