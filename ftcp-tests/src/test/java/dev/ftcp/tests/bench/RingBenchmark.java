package dev.ftcp.tests.bench;

import dev.ftcp.core.ring.RecordHandler;
import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.core.ring.RingWriter;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What a record costs on its way through a ring, beside a plain copy of the same bytes: claim, copy in, commit, publish once per batch,
 * poll, copy out; against copy in, copy out over the same memory. One thread, so that the two differ by the ring's own work only.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class RingBenchmark {
    private static final int BATCH = 16;
    private static final RegionSpec SPEC = new RegionSpec(1, 4 << 20);

    /** Payload bytes. */
    @Param({"64", "256", "1024", "4096", "16384"})
    public int size;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(SPEC.totalBytes());
    private final Region region = Region.create(memory, SPEC);
    private final RingWriter writer = region.writer(0);
    private final RingReader reader = region.reader(0);
    private final ByteBuffer plain = ByteBuffer.allocateDirect(SPEC.laneBytes());
    private final ByteBuffer source = ByteBuffer.allocateDirect(16384);
    private final ByteBuffer sink = ByteBuffer.allocateDirect(16384);
    private final RecordHandler take = (type, buffer, index, length) -> {
        sink.put(0, buffer, index, length);
        return true;
    };
    private int at;

    /** Through the ring. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int ring() {
        for (int i = 0; i < BATCH; i++) {
            int index = writer.tryClaim(1, size);
            writer.buffer().put(index, source, 0, size);
            writer.commit();
        }
        writer.publish();
        return reader.poll(take, BATCH);
    }

    /** In and out of memory of the same size, in the same pattern. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int copy() {
        if (at + BATCH * size > plain.capacity()) at = 0;
        for (int i = 0; i < BATCH; i++) plain.put(at + i * size, source, 0, size);
        for (int i = 0; i < BATCH; i++) sink.put(0, plain, at + i * size, size);
        at += BATCH * size;
        return at;
    }

    /** Runs both in one go and prints, per size, the ring's nanoseconds, the copy's and their ratio: of the best iteration each, since others share the machine. */
    public static void main(String[] args) throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(RingBenchmark.class.getName() + "\\..*")
                        .build())
                .run();
        Map<Integer, double[]> bySize = new TreeMap<>();
        for (RunResult result : results) {
            int bytes = Integer.parseInt(result.getParams().getParam("size"));
            int column = result.getPrimaryResult().getLabel().equals("ring") ? 0 : 1;
            bySize.computeIfAbsent(bytes, k -> new double[2])[column] =
                    result.getPrimaryResult().getStatistics().getMin();
        }
        System.out.printf("%8s %10s %10s %10s %8s%n", "bytes", "ring ns", "copy ns", "added ns", "ratio");
        bySize.forEach((bytes, ns) -> System.out.printf(
                "%8d %10.1f %10.1f %10.1f %8.2f%n", bytes, ns[0], ns[1], ns[0] - ns[1], ns[0] / ns[1]));
    }
}
