package dev.ftcp.core.adapter.opaque;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.adapter.kit.ConformanceKit;
import dev.ftcp.core.adapter.kit.Cut;
import dev.ftcp.core.adapter.kit.Dialogue;
import dev.ftcp.core.adapter.kit.Report;
import dev.ftcp.core.adapter.kit.ServiceModel;
import dev.ftcp.core.adapter.kit.StreamOracle;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpaqueKitTest {
    /** Answers every line with {@code factor} times as many bytes; {@code quit} closes. From {@code wrongFrom} on, other bytes. */
    private record Lines(int factor, long wrongFrom) implements ServiceModel {
        @Override
        public Connection connect() {
            return new Connection() {
                private int line;
                private long sent;
                private boolean q;

                @Override
                public void receive(byte[] bytes, Output out) {
                    for (byte b : bytes) {
                        line = line * 31 + b;
                        q |= b == 'q';
                        byte[] answer = new byte[b == '\n' ? factor : 0];
                        for (int i = 0; i < answer.length; i++) {
                            answer[i] = (byte) (line >> (i % 24) ^ i ^ (sent++ >= wrongFrom ? 1 : 0));
                        }
                        if (answer.length > 0) out.send(answer);
                        if (b == '\n' && q) out.close();
                    }
                }

                @Override
                public void fin(Output out) {
                    out.close();
                }
            };
        }
    }

    private static final Lines ORIGINAL = new Lines(900, Long.MAX_VALUE);

    private static Dialogue dialogue(int lines, boolean quit) {
        return Dialogue.record("lines", ORIGINAL, ("line\n".repeat(lines) + (quit ? "quit\n" : "")).getBytes(US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeterministicServiceIsContinuedEverywhere(boolean quit) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Dialogue d = dialogue(12, quit);
        Report report = new ConformanceKit(new OpaqueAdapter(), d, ORIGINAL, StreamOracle.exact(d), true)
                .everywhere(7, true, seed);
        assertThat(report.resets()).isEmpty();
    }

    @Test
    void whatAClientHasBeyondTheLogIsTold() {
        byte[] log = new byte[5000];
        byte[] more = new byte[3000];
        new Random(4).nextBytes(log);
        new Random(5).nextBytes(more);
        OpaqueSession s = new OpaqueSession(SessionStart.fresh(true));
        s.onServer(ByteBuffer.wrap(log));
        Continuation c = s.resume(new ResumePoint(0, 0, 10, 5000, 7000, false, false));
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ContinuationSink sink = new ContinuationSink() {
            @Override
            public void toBackend(ByteBuffer bytes) {}

            @Override
            public void toClient(ByteBuffer bytes) {
                while (bytes.hasRemaining()) sent.write(bytes.get());
            }

            @Override
            public void alreadySeen(long offset, ByteBuffer bytes) {
                assertThat(offset).isEqualTo(5000);
                while (bytes.hasRemaining()) told.write(bytes.get());
            }

            @Override
            public void finToBackend() {}

            @Override
            public void finToClient() {}

            @Override
            public void reopenBackend() {}

            @Override
            public void reset(String reason) {
                throw new AssertionError(reason);
            }
        };
        c.onBackend(ByteBuffer.wrap(log), sink);
        c.onBackend(ByteBuffer.wrap(more), sink);
        assertThat(told.toByteArray()).isEqualTo(Arrays.copyOf(more, 2000));
        assertThat(sent.toByteArray()).isEqualTo(Arrays.copyOfRange(more, 2000, 3000));
    }

    @Test
    void withoutThatPromiseAClientAheadIsReset() {
        Dialogue d = dialogue(12, false);
        Report report = new ConformanceKit(new OpaqueAdapter(), d, ORIGINAL, StreamOracle.exact(d), false)
                .everywhere(7, true, 1);
        assertThat(report.resets().keySet())
                .containsExactly("client is ahead of the log and the service is not declared deterministic");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 899, 4095, 4096, 4097, 9000})
    void anotherByteOfWhatTheClientHasIsFound(int wrongFrom) {
        Dialogue d = dialogue(12, false);
        byte[] server = d.server();
        StreamOracle oracle = (seen, outcome) -> {
            for (int i = 0; i < seen.length; i++) {
                if (seen[i] != server[i] && i < wrongFrom) return "wrong byte " + i;
            }
            return null;
        };
        Report report = new ConformanceKit(new OpaqueAdapter(), d, new Lines(900, wrongFrom), oracle, false)
                .everywhere(11, false, 3);
        assertThat(report.resets()).containsKey("the service's output differs from what was committed");
    }

    @Test
    void aServiceThatSaysLessAndClosesIsReset() {
        Dialogue d = dialogue(3, true);
        Report report = new Report();
        new ConformanceKit(new OpaqueAdapter(), d, new Lines(10, Long.MAX_VALUE), (seen, outcome) -> null, true)
                .check(new Cut(d.client().length, 1000, 1000, 1), report);
        assertThat(report.resets().keySet())
                .containsExactly("the service closed the connection before it had repeated what the client has");
    }

    @Test
    void theKitFindsAnAdapterThatDoesNotVerify() {
        Dialogue d = dialogue(12, false);
        ConformanceKit kit =
                new ConformanceKit(new OpaqueAdapter(), d, new Lines(900, 5000), StreamOracle.exact(d), true);
        assertThatThrownBy(() -> kit.everywhere(7, true, 5)).hasMessageContaining("Cut[");
    }

    @Test
    void theHashDoesNotDependOnSplitsOrByteOrder() {
        Random random = new Random(9);
        byte[] stream = new byte[1000];
        random.nextBytes(stream);
        StreamHash whole = new StreamHash();
        whole.update(ByteBuffer.wrap(stream), 0, stream.length);
        for (int round = 0; round < 100; round++) {
            StreamHash split = new StreamHash();
            for (int at = 0; at < stream.length; ) {
                int to = Math.min(stream.length, at + random.nextInt(20));
                ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
                split.update(ByteBuffer.wrap(stream).order(order), at, to);
                at = to;
            }
            assertThat(split.value()).isEqualTo(whole.value());
        }
    }
}
