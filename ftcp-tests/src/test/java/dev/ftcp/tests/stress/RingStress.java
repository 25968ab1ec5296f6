package dev.ftcp.tests.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.core.ring.RingWriter;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** What two sides of a lane may see of each other. Each class is one race between one writer and one reader. */
public final class RingStress {
    private RingStress() {}

    /** Regions for the states of one round: more than are ever in use at once, so that a state never shares with another. */
    private static final class Slab {
        static final RegionSpec SPEC = new RegionSpec(1, 4096);
        private static final int SLOTS = 4096;
        private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(SLOTS * SPEC.totalBytes());
        private static final AtomicInteger NEXT = new AtomicInteger();

        static Region region() {
            int slot = NEXT.getAndIncrement() & (SLOTS - 1);
            return Region.create(MEMORY.slice(slot * SPEC.totalBytes(), SPEC.totalBytes()), SPEC);
        }
    }

    private static void write(RingWriter writer, long value) {
        int at = writer.tryClaim(1, 16);
        writer.buffer().putLong(at, value).putLong(at + 8, value);
        writer.commit();
    }

    /** A record is seen whole or not at all. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not yet visible")
    @Outcome(id = "7, 7", expect = ACCEPTABLE, desc = "visible, whole")
    @Outcome(expect = FORBIDDEN, desc = "torn")
    @State
    public static class Publication {
        private final Region region = Slab.region();
        private final RingWriter writer = region.writer(0);
        private final RingReader reader = region.reader(0);

        @Actor
        public void producer() {
            write(writer, 7);
            writer.publish();
        }

        @Actor
        public void consumer(LL_Result r) {
            r.r1 = 0L;
            r.r2 = 0L;
            reader.poll(
                    (type, b, i, n) -> {
                        r.r1 = b.getLong(i);
                        r.r2 = b.getLong(i + 8);
                        return true;
                    },
                    1);
        }
    }

    /** What is published together is seen together. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not yet visible")
    @Outcome(id = "2, 28", expect = ACCEPTABLE, desc = "both visible, whole")
    @Outcome(expect = FORBIDDEN, desc = "part of a batch, or torn")
    @State
    public static class Batch {
        private final Region region = Slab.region();
        private final RingWriter writer = region.writer(0);
        private final RingReader reader = region.reader(0);

        @Actor
        public void producer() {
            write(writer, 7);
            write(writer, 7);
            writer.publish();
        }

        @Actor
        public void consumer(LL_Result r) {
            long[] sum = {0};
            r.r1 = (long) reader.poll(
                    (type, b, i, n) -> {
                        sum[0] += b.getLong(i) + b.getLong(i + 8);
                        return true;
                    },
                    10);
            r.r2 = sum[0];
        }
    }

    /** A consumer that goes to sleep is woken for what is published meanwhile. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "sleeps, doorbell rings")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "sees the record")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "sees the record, and a doorbell for nothing")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "sleeps for ever")
    @State
    public static class Doorbell {
        private final Region region = Slab.region();
        private final RingWriter writer = region.writer(0);
        private final RingReader reader = region.reader(0);

        @Actor
        public void producer(II_Result r) {
            write(writer, 7);
            writer.publish();
            r.r1 = writer.needsDoorbell() ? 1 : 0;
        }

        @Actor
        public void consumer(II_Result r) {
            r.r2 = reader.prepareSleep() ? 1 : 0;
        }
    }

    /** Room is not used again before the consumer has read what was there. */
    @JCStressTest
    @Outcome(id = "0, 7", expect = ACCEPTABLE, desc = "still full")
    @Outcome(id = "1, 7", expect = ACCEPTABLE, desc = "used again after it was read")
    @Outcome(expect = FORBIDDEN, desc = "overwritten while it was read")
    @State
    public static class Reuse {
        private final Region region = Slab.region();
        private final RingWriter writer = region.writer(0);
        private final RingReader reader = region.reader(0);

        public Reuse() {
            while (fill(7)) writer.publish();
        }

        private boolean fill(long value) {
            int at = writer.tryClaim(1, writer.maxRecord());
            if (at < 0) return false;
            for (int i = 0; i < writer.maxRecord(); i += Long.BYTES)
                writer.buffer().putLong(at + i, value);
            writer.commit();
            return true;
        }

        @Actor
        public void producer(II_Result r) {
            r.r1 = fill(9) ? 1 : 0;
            writer.publish();
        }

        @Actor
        public void consumer(II_Result r) {
            reader.poll(
                    (type, b, i, n) -> {
                        long last = 7;
                        for (int k = 0; k < n; k += Long.BYTES) if (b.getLong(i + k) != 7) last = b.getLong(i + k);
                        r.r2 = (int) last;
                        return true;
                    },
                    1);
        }
    }

    /** Of promotion and detachment exactly one wins. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "promoted")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "detached")
    @Outcome(expect = FORBIDDEN, desc = "two owners, or none")
    @State
    public static class OneOwner {
        private static final Pairing PAIRED = Pairing.paired(1),
                PROMOTED = Pairing.promoted(2),
                DETACHED = Pairing.detached(1);
        private final Region region = Slab.region();

        public OneOwner() {
            region.casPairing(Pairing.FRESH, PAIRED);
        }

        @Actor
        public void standby(II_Result r) {
            r.r1 = region.casPairing(PAIRED, PROMOTED) ? 1 : 0;
        }

        @Actor
        public void primary(II_Result r) {
            r.r2 = region.casPairing(PAIRED, DETACHED) ? 1 : 0;
        }
    }
}
