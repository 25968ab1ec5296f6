package dev.ftcp.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoanTest {
    private final ChunkPool pool = new ChunkPool(1 << 20);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsLentStaysWhileTheLogGoesOn(long seed) {
        System.out.println("LoanTest.random seed " + seed);
        Random random = new Random(seed);
        ByteLog log = new ByteLog(pool, 400_000, 0);
        ByteLog other = new ByteLog(pool, 400_000, 0);
        for (int round = 0; round < 50; round++) {
            append(log, random, 1 + random.nextInt(60_000));
            byte[] wanted = new byte[(int) log.size()];
            log.copyTo(log.start(), ByteBuffer.wrap(wanted));
            Loan loan = log.lend();
            for (int step = random.nextInt(8); step > 0; step--) {
                append(log, random, random.nextInt(30_000));
                log.trimTo(log.start() + random.nextInt((int) log.size() + 1));
                append(other, random, random.nextInt(60_000)); // takes whatever is free
                other.trimTo(other.start() + random.nextInt((int) other.size() + 1));
            }
            if (random.nextInt(4) == 0) log.clear();
            assertThat(bytes(loan)).isEqualTo(wanted);
            loan.close();
            loan.close();
            log.clear();
            other.clear();
            assertThat(pool.usedBytes()).isZero();
        }
    }

    @Test
    void oneLoanAtATime() {
        ByteLog log = new ByteLog(pool, 1000, 0);
        append(log, new Random(1), 10);
        Loan loan = log.lend();
        assertThatThrownBy(log::lend).isInstanceOf(IllegalStateException.class);
        loan.close();
        log.lend().close();
    }

    private static void append(ByteLog log, Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        log.append(ByteBuffer.wrap(bytes), 0, length);
    }

    private static byte[] bytes(Loan loan) {
        ByteBuffer all = ByteBuffer.allocate(
                loan.pieces().stream().mapToInt(ByteBuffer::remaining).sum());
        loan.pieces().forEach(piece -> all.put(piece.duplicate()));
        return all.array();
    }
}
