package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.SparseLog;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random dialogues over a network that loses, cuts and reorders, small logs, standbys that come, read when they like, and go. At every
 * moment nothing may leave that the standby's memory does not hold; whenever the standby has read all, its ledger is the primary's; in the
 * end both tell the true streams.
 */
class RandomDialoguesTest {
    private static final int CONNECTIONS = 4;
    private static final int STEPS = 3000;

    static LongStream seeds() {
        String one = System.getProperty("ftcp.seed");
        if (one != null) return LongStream.of(Long.parseLong(one));
        long fresh = System.nanoTime();
        return LongStream.concat(LongStream.rangeClosed(1, 60), LongStream.of(fresh, fresh + 1, fresh + 2, fresh + 3));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostAndNothingIsSaidTooEarly(long seed) {
        System.out.println("RandomDialoguesTest seed " + seed);
        new Run(seed).go();
    }

    private static final class Run {
        private final Random random;
        private final Bench bench;
        private final ArrayDeque<CaptureRecord> ring = new ArrayDeque<>();
        private final List<TcpModel> models = new ArrayList<>();
        private @Nullable Standby standby;
        private boolean synced;

        Run(long seed) {
            random = new Random(seed);
            boolean opaque = random.nextInt(3) == 0;
            Adapter adapter = opaque ? new OpaqueAdapter() : new HttpAdapter();
            bench = new Bench(FollowConfig.of(adapter, random.nextBoolean(), 2 * CONNECTIONS, 1 << 20));
            bench.wrap.strict = random.nextBoolean();
            if (random.nextBoolean()) attach();
            for (int i = 0; i < CONNECTIONS; i++) {
                models.add(new TcpModel(
                        i, opaque ? TinyServices.lines(random) : TinyServices.http(random), bench.wrap, random, ring));
            }
        }

        void go() {
            for (TcpModel model : models) model.syn();
            for (int i = 0; i < STEPS; i++) step();
            if (standby == null) attach();
            for (int i = 0; !done(); i++) {
                assertThat(i).as("steps to the end").isLessThan(20_000);
                for (TcpModel model : models) finish(model);
                work();
                bench.pass(Bench.MILLI);
            }
            work();
            bench.pass(10 * Bench.MILLI);
            work();
            assertThat(ring).isEmpty();
            for (TcpModel model : models) assertTrueStreams(model);
            for (TcpModel model : models) model.gone();
            work();
            work();
            assertThat(standby().ledger.size()).isZero();
            assertThat(bench.pool.usedBytes() + standby().pool.usedBytes()).isZero();
        }

        private Standby standby() {
            if (standby == null) throw new AssertionError("no standby");
            return standby;
        }

        private void attach() {
            standby = new Standby(4096 << random.nextInt(4), 2 * CONNECTIONS, 1 << 20);
            bench.engine.attach(standby.writer);
            synced = false;
            bench.wrap.witness = new G1(standby);
        }

        private void step() {
            TcpModel model = models.get(random.nextInt(CONNECTIONS));
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> {
                    if (model.open()) model.clientSends();
                }
                case 3, 4, 5 -> {
                    if (model.open()) model.serverSends();
                }
                case 6, 7 -> drain(random.nextInt(10));
                case 8 -> {
                    if (standby != null) standby.read(random.nextInt(20));
                }
                case 9 -> bench.pass(random.nextInt(3) * Bench.MILLI);
                case 10 -> sync();
                default -> {
                    if (random.nextInt(150) == 0) change();
                    if (random.nextInt(10) == 0) compare();
                }
            }
        }

        /** The standby is lost, or one comes. */
        private void change() {
            if (standby == null) {
                attach();
            } else {
                bench.wrap.witness = null; // its copy can't be promoted any more
                bench.engine.detach();
                standby = null;
            }
        }

        private void sync() {
            if (standby == null || synced || !bench.engine.snapshot(bench.now)) return;
            drain(Integer.MAX_VALUE);
            if (ring.isEmpty() && bench.engine.finishSnapshot()) synced = true;
        }

        private void drain(int records) {
            bench.batch(() -> {
                for (int i = 0; i < records && !ring.isEmpty() && bench.engine.onCapture(ring.peek()); i++) {
                    ring.remove();
                }
                return true;
            });
        }

        private void compare() {
            if (standby == null || !synced) return;
            Standby s = standby;
            s.readAll();
            bench.engine.forEach(f -> {
                FlowLedger copy = s.known(f.opening().key());
                Ledgers.assertEqual(copy, f);
                AdapterSession rebuilt = SessionRebuild.toResume(bench.config, copy);
                assertThat(rebuilt.unprotectable()).isNull();
                assertThat(rebuilt.safeClientOffset()).isGreaterThanOrEqualTo(copy.safeClient());
            });
        }

        /** Drains, reads and brings up until nothing moves. */
        private void work() {
            for (int i = 0; i < 100; i++) {
                sync();
                drain(Integer.MAX_VALUE);
                standby().readAll();
                if (ring.isEmpty() && synced) return;
            }
        }

        private void finish(TcpModel model) {
            if (!model.open()) return;
            for (int i = 0; i < 5; i++) {
                model.clientSends();
                model.serverSends();
                model.serverSendsAgain();
            }
            model.kernelAcks();
            model.noteClientAck();
        }

        private boolean done() {
            return synced && models.stream().allMatch(m -> m.open() && m.allSent() && m.allAnswered());
        }

        private void assertTrueStreams(TcpModel model) {
            FlowLedger primary = bench.ledger(model.key);
            FlowLedger copy = standby().known(model.key);
            assertThat(primary.unprotected()).isNull();
            Ledgers.assertEqual(copy, primary);
            assertThat(copy.clientEnd()).isEqualTo(model.client.length);
            assertThat(copy.clientFin()).isEqualTo(model.closesToo);
            assertThat(copy.serverEnd()).isEqualTo(model.server.length);
            int from = (int) copy.client().start();
            assertThat(Ledgers.client(copy)).isEqualTo(Arrays.copyOfRange(model.client, from, model.client.length));
            assertServerBytes(copy, model.server);
            AdapterSession rebuilt = SessionRebuild.toFollow(bench.config, copy);
            assertThat(rebuilt.safeClientOffset()).isEqualTo(copy.safeClient());
            assertThat(rebuilt.safeServerOffset()).isEqualTo(copy.safeServer());
            assertThat(rebuilt.unprotectable()).isNull();
        }

        private static void assertServerBytes(FlowLedger copy, byte[] server) {
            copy.server().forEach(copy.server().start(), copy.serverEnd(), new SparseLog.Visitor() {
                @Override
                public void onBytes(long offset, ByteBuffer bytes) {
                    byte[] b = new byte[bytes.remaining()];
                    bytes.get(b);
                    assertThat(b).isEqualTo(Arrays.copyOfRange(server, (int) offset, (int) offset + b.length));
                }

                @Override
                public void onGap(long offset, long length) {}
            });
        }
    }
}
