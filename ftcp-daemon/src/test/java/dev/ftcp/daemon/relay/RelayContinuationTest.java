package dev.ftcp.daemon.relay;

import static dev.ftcp.daemon.relay.Bench.ascii;
import static dev.ftcp.daemon.relay.Bench.assertReset;
import static dev.ftcp.daemon.relay.Bench.read;
import static dev.ftcp.daemon.relay.Bench.readAll;
import static dev.ftcp.daemon.relay.Bench.sleep;
import static dev.ftcp.daemon.relay.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.daemon.relay.FlowSummary.Ending;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a continuation may ask for, and what becomes of one that fails. */
@Timeout(60)
class RelayContinuationTest {
    private Bench bench;

    @BeforeEach
    void open() throws IOException {
        bench = new Bench();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void truncationByAResetIsNeverPassedAsAnEnd() throws Exception {
        Relay relay = bench.relay(bench.service((s, n) -> {
                    read(s, 3);
                    write(s, "partial");
                    sleep(100);
                    s.setSoLinger(true, 0);
                })
                .address());
        // Not transparent, and this continuation takes the service's end for the end of the body.
        Socket c = bench.adopt(relay, Flow.of(new Scripted(100)).past(ascii("get")));
        assertReset(c);
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.BACKEND_RESET);
    }

    @Test
    void reopenDropsTheOldConnectionAndItsBytes() throws Exception {
        Service service = bench.service((s, n) -> {
            if (n == 0) {
                read(s, 5);
                write(s, "refused+");
                write(s, "never delivered");
                sleep(20_000);
            }
            write(s, "second:" + readAll(s));
        });
        Relay relay = bench.relay(service.address());
        Socket c = bench.adopt(relay, Flow.of(new Scripted(1) {
            private boolean second;

            @Override
            void start(ContinuationSink sink) {
                sink.toBackend(ByteBuffer.wrap(ascii("first")));
            }

            @Override
            void backend(ByteBuffer bytes, ContinuationSink sink) {
                if (second) {
                    super.backend(bytes, sink);
                    return;
                }
                second = true;
                sink.toBackend(ByteBuffer.wrap(ascii("lost")));
                sink.reopenBackend();
                sink.toBackend(ByteBuffer.wrap(ascii("plain")));
            }
        }));
        Thread.sleep(100);
        write(c, "!");
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("econd:plain!");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
        assertThat(service.accepted).hasValue(2);
    }

    @Test
    void aBackendResetMayBeAnsweredByReopening() throws Exception {
        Relay relay = bench.relay(bench.service((s, n) -> {
                    read(s, 1);
                    if (n == 0) s.setSoLinger(true, 0);
                    else write(s, "ok");
                })
                .address());
        Socket c = bench.adopt(relay, Flow.of(new Scripted(1) {
            private boolean tried;

            @Override
            void start(ContinuationSink sink) {
                sink.toBackend(ByteBuffer.wrap(ascii("x")));
            }

            @Override
            void backendFin(ContinuationSink sink) {
                if (tried) {
                    sink.finToClient();
                    return;
                }
                tried = true;
                sink.reopenBackend();
                sink.toBackend(ByteBuffer.wrap(ascii("x")));
            }
        }));
        assertThat(readAll(c)).isEqualTo("k");
        c.close();
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void aContinuationRewritesBothDirections() throws Exception {
        Relay relay = bench.relay(
                bench.service((s, n) -> write(s, readAll(s).toUpperCase())).address());
        Socket c = bench.adopt(
                relay,
                Flow.of(new Scripted(1) {
                            @Override
                            void start(ContinuationSink sink) {
                                sink.toBackend(ByteBuffer.wrap(ascii("prelude ")));
                            }

                            @Override
                            void client(ByteBuffer bytes, ContinuationSink sink) {
                                while (bytes.hasRemaining())
                                    sink.toBackend(ByteBuffer.wrap(new byte[] {bytes.get(), (byte) '-'}));
                            }

                            @Override
                            void backend(ByteBuffer bytes, ContinuationSink sink) {
                                sink.toClient(ByteBuffer.wrap(ascii("<")));
                                sink.toClient(bytes);
                                sink.toClient(ByteBuffer.wrap(ascii(">")));
                            }
                        })
                        .past(ascii("ab")));
        write(c, "cd");
        c.shutdownOutput();
        assertThat(readAll(c)).isEqualTo("<PRELUDE A-B-C-D->");
        assertThat(bench.ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
    }

    @Test
    void resetNamesItsReason() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        Socket c = bench.adopt(
                relay,
                Flow.of(new Scripted(9) {
                            @Override
                            void backend(ByteBuffer bytes, ContinuationSink sink) {
                                sink.toClient(bytes);
                                sink.reset("entity changed");
                                sink.toClient(ByteBuffer.wrap(ascii("ignored")));
                            }
                        })
                        .past(ascii("x")));
        assertReset(c);
        Ends.End end = bench.ends.next();
        assertThat(end.reason()).isEqualTo("entity changed");
        assertThat(end.summary().ending()).isEqualTo(Ending.RESET);
        assertThat(relay.stats().resets()).isEqualTo(1);
    }

    @Test
    void aContinuationThatThrowsResetsItsFlow() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        Socket c = bench.adopt(
                relay,
                Flow.of(new Scripted(9) {
                            @Override
                            void client(ByteBuffer bytes, ContinuationSink sink) {
                                throw new IllegalStateException("bug");
                            }
                        })
                        .past(ascii("x")));
        assertReset(c);
        assertThat(bench.ends.next().reason()).contains("continuation failed").contains("bug");
    }

    @Test
    void committedBytesThatEndEarlyAreNoticed() throws Exception {
        Relay relay = bench.relay(bench.echo().address());
        Socket c = bench.adopt(relay, Flow.fresh().past(new CommittedBytes() {
            @Override
            public long remaining() {
                return 10;
            }

            @Override
            public void next(ByteBuffer dst) {}

            @Override
            public void close() {}
        }));
        assertReset(c);
        assertThat(bench.ends.next().reason()).contains("too early");
    }
}
