package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutOfOrderTest {
    private final OutOfOrder.Budget budget = new OutOfOrder.Budget(1 << 20);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theLatestCopyOfEveryByteIsKeptOnce(long seed) {
        System.out.println("OutOfOrderTest seed " + seed);
        Random random = new Random(seed);
        OutOfOrder segments = new OutOfOrder(1 << 20, budget);
        byte[] model = new byte[400];
        for (int i = 0; i < 60; i++) {
            int at = random.nextInt(350);
            byte[] b = new byte[1 + random.nextInt(50)];
            for (int k = 0; k < b.length; k++) model[at + k] = b[k] = (byte) (1 + random.nextInt(100));
            assertThat(segments.add(at, ByteBuffer.wrap(b), 0, b.length)).isTrue();
        }
        byte[] found = new byte[400];
        long last = 0;
        OutOfOrder.Segment segment;
        while ((segment = segments.upTo(Long.MAX_VALUE)) != null) {
            assertThat(segment.offset()).isGreaterThanOrEqualTo(last);
            last = segment.end();
            System.arraycopy(segment.bytes(), 0, found, (int) segment.offset(), segment.bytes().length);
            segments.remove(segment);
        }
        assertThat(found).isEqualTo(model);
        assertThat(segments.isEmpty()).isTrue();
        assertThat(budget.used()).isZero();
    }

    @Test
    void smallSegmentsAreBoundedByWhatTheyCost() {
        OutOfOrder segments = new OutOfOrder(100_000, budget);
        ByteBuffer one = ByteBuffer.allocate(1);
        int kept = 0;
        while (segments.add(10 + 2L * kept, one, 0, 1)) kept++;
        assertThat(kept).isBetween(500, 1000);
        segments.clear();
        assertThat(budget.used()).isZero();
    }

    @Test
    void allTogetherHaveALimit() {
        OutOfOrder first = new OutOfOrder(1 << 20, budget);
        OutOfOrder second = new OutOfOrder(1 << 20, budget);
        assertThat(first.add(0, ByteBuffer.allocate(600_000), 0, 600_000)).isTrue();
        assertThat(second.add(0, ByteBuffer.allocate(600_000), 0, 600_000)).isFalse();
        first.clear();
        assertThat(second.add(0, ByteBuffer.allocate(600_000), 0, 600_000)).isTrue();
    }

    @Test
    void nothingIsBeforeItsTime() {
        OutOfOrder segments = new OutOfOrder(1 << 20, budget);
        segments.add(10, ByteBuffer.allocate(5), 0, 5);
        assertThat(segments.upTo(9)).isNull();
        assertThat(segments.upTo(10)).isNotNull();
        assertThat(segments.upTo(12)).isNotNull();
    }
}
