package dev.ftcp.core.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Producer and consumer at once, with sleep and doorbell. */
@Timeout(60)
class RingThreadsTest {
    private static final RegionSpec SPEC = new RegionSpec(1, 4096);
    private static final int RECORDS = 300_000;
    private static final int LOST_SECONDS = 20;

    private final ByteBuffer memory = Memory.of(SPEC);
    private final RingReader reader = Region.create(memory, SPEC).reader(0);
    private final RingWriter writer = Region.open(memory).writer(0);
    private final Semaphore doorbell = new Semaphore(0);

    @Test
    void noRecordIsTornAndNoDoorbellIsLost() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread producer = new Thread(this::produce, "producer");
        producer.setUncaughtExceptionHandler((t, e) -> failure.set(e));
        producer.start();
        long[] next = {0};
        RecordHandler check = (type, buffer, index, length) -> {
            assertThat(length).isEqualTo(length(next[0]));
            for (int i = 0; i + 8 <= length; i += 8)
                if (buffer.getLong(index + i) != next[0]) throw new AssertionError("torn record " + next[0]);
            next[0]++;
            return true;
        };
        while (next[0] < RECORDS) {
            if (reader.poll(check, 64) > 0 || !reader.prepareSleep()) continue;
            boolean rang = doorbell.tryAcquire(LOST_SECONDS, TimeUnit.SECONDS);
            assertThat(failure.get()).isNull();
            assertThat(rang).as("doorbell for record " + next[0]).isTrue();
            reader.awake();
        }
        producer.join();
    }

    private void produce() {
        for (long n = 0; n < RECORDS; n++) {
            int length = length(n);
            int at;
            while ((at = writer.tryClaim(1, length)) < 0) {
                publish();
                Thread.yield();
            }
            for (int i = 0; i + 8 <= length; i += 8) writer.buffer().putLong(at + i, n);
            writer.commit();
            if (n % 7 == 0) publish();
            if (n % 1000 == 0) Thread.yield();
        }
        publish();
    }

    private void publish() {
        writer.publish();
        if (writer.needsDoorbell()) doorbell.release();
    }

    private static int length(long n) {
        return (int) (n * 31 % 200);
    }
}
