package dev.ftcp.tests.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.tests.peer.Options;
import dev.ftcp.tests.peer.PeerNet;
import dev.ftcp.tests.peer.RawPeer;
import dev.ftcp.tests.peer.Script;
import dev.ftcp.tests.peer.Segment;
import dev.ftcp.tests.peer.Segment.Fault;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sends, the standby's copy is what the owner's kernel gave to the service: a recording service on both hosts tells,
 * since the standby replays its copy to its own. Every connection mixes its stream with segments that a kernel does not take, or should
 * not; then the host crashes, and the stream goes on.
 */
class HostileClientTest {
    private static final int CONNECTIONS = 40, STEPS = 60, KINDS = 16, WINDOW = 60_000, FIRST_ADDRESS = 200;

    /** One connection; its stream is a function of its number, so that any piece of it can be sent at any time. */
    private static final class Client {
        final String name;
        final RawPeer peer;
        final Random random;
        final boolean timestamps;
        byte[] stream;
        int sent = 1;
        int tsval = 1 << 20;

        Client(int number, long seed, PeerNet net) throws Exception {
            name = "client-" + number;
            random = new Random(seed + number);
            timestamps = random.nextBoolean();
            stream = new byte[200_000];
            random.nextBytes(stream);
            byte[] line = (name + "\n").getBytes(ISO_8859_1);
            System.arraycopy(line, 0, stream, 0, line.length);
            int isn = random.nextInt(3) == 0 ? -random.nextInt(5000) : random.nextInt();
            peer = new RawPeer(net, InetAddress.getByName("10.77.0." + (FIRST_ADDRESS + number % 50)), isn);
            new Script(peer, tsval).play("""
                    > S <mss 1460, sack%s, wscale 0>
                    < SA ack=1
                    > A
                    """.formatted(timestamps ? ", ts" : ""));
            tsval += 10;
            next(line.length);
        }

        private Segment segment(int at, byte[] bytes) {
            Segment s = Segment.of(at, peer.rcvNxt(), Segment.ACK | Segment.PSH, WINDOW)
                    .withPayload(bytes);
            return timestamps ? s.withOptions(timestamps(tsval++)) : s;
        }

        private byte[] timestamps(int value) {
            return new Options().nop().nop().timestamps(value, peer.tsRecent()).toBytes();
        }

        private byte[] piece(int at, int length) {
            return Arrays.copyOfRange(stream, at - 1, at - 1 + length);
        }

        private byte[] garbage(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        void next(int length) {
            peer.send(segment(sent, piece(sent, length)));
            sent += length;
        }

        /** Waits until all that was sent is acknowledged, sending it again meanwhile, as a TCP does. */
        void settle() {
            for (int i = 0; peer.acked() < sent; i++) {
                assertThat(i)
                        .as("%s: resent up to %d, acknowledged %d", name, sent, peer.acked())
                        .isLessThan(400);
                if (i % 20 == 5) {
                    int from = Math.max(1, peer.acked());
                    peer.send(segment(from, piece(from, Math.min(1400, sent - from))));
                }
                sleep(10);
            }
        }

        void ack() {
            peer.send(segment(sent, new byte[0]));
        }

        /** Something that a well-behaved client does not send, or a piece of the stream in a strange way. */
        void step(int kind) {
            int n = 1 + random.nextInt(300);
            switch (kind) {
                case 0, 1 -> next(n);
                case 2 -> { // out of order, overlapping, twice
                    int at = sent + random.nextInt(200);
                    peer.send(segment(at, piece(at, n)));
                    peer.send(segment(sent, piece(sent, at - sent + n / 2)));
                    sent = at + n;
                }
                case 3 -> { // damaged on the way, then whole
                    peer.send(segment(sent, garbage(n)).withFault(Fault.TCP_CHECKSUM));
                    next(n);
                }
                case 4 -> {
                    peer.send(segment(sent, garbage(n)).withFault(Fault.IP_CHECKSUM));
                    next(n);
                }
                case 5 -> { // an acknowledgement of what was never sent, and one out of the past
                    Segment s = segment(sent, garbage(n));
                    peer.send(with(s, s.ack() + (1 << 20), s.flags()));
                    // Not in place: Linux's fast path looks at an old acknowledgement only after it has taken the data.
                    Segment ahead = segment(sent + 1, garbage(n));
                    peer.send(with(ahead, s.ack() - (1 << 28), s.flags()));
                    next(n);
                }
                case 6 -> { // flags that do not belong there
                    Segment s = segment(sent, garbage(n));
                    peer.send(with(s, s.ack(), Segment.PSH));
                    peer.send(with(s, s.ack(), Segment.SYN | Segment.ACK));
                    next(n);
                }
                case 7 -> { // a reset that is not quite in place
                    Segment s = segment(sent + 1 + random.nextInt(1000), new byte[0]);
                    peer.send(with(s, s.ack(), Segment.RST | Segment.ACK));
                }
                case 8 -> { // another connection's old segment
                    if (timestamps) {
                        Segment s = segment(sent, garbage(n));
                        peer.send(s.withOptions(timestamps(tsval - (1 << 19))));
                    }
                    next(n);
                }
                case 9 -> peer.send(segment(sent + (1 << 24) + random.nextInt(1 << 20), garbage(n)));
                case 10 -> { // what the kernel has already, changed
                    settle();
                    int at = Math.max(1, sent - n);
                    peer.send(segment(at, garbage(sent - at)));
                }
                case 11 -> { // a probe for life with garbage
                    settle();
                    peer.send(segment(sent - 1, garbage(1)));
                }
                case 12 -> { // old and new in one
                    int at = Math.max(1, sent - n);
                    peer.send(segment(at, piece(at, sent - at + 50)));
                    sent += 50;
                }
                case 13 -> { // timestamps where nobody looks for them, or none
                    Segment s = segment(sent, piece(sent, n));
                    byte[] odd =
                            new Options().timestamps(tsval++, peer.tsRecent()).toBytes();
                    peer.send(timestamps && random.nextBoolean() ? s.withOptions(odd) : s.withOptions(new byte[0]));
                    sent += n;
                }
                case 14 -> ack();
                default -> settle();
            }
        }

        private static Segment with(Segment s, int ack, int flags) {
            return new Segment(s.seq(), ack, flags, s.window(), 0, s.options(), s.payload(), s.fault());
        }

        /** Acknowledges what has come, as long as something is missing. */
        boolean hasEcho() {
            ack();
            return peer.received().length >= sent - 1;
        }

        byte[] expected() {
            return Arrays.copyOf(stream, sent - 1);
        }
    }

    @Test
    void theStandbyGoesOnWithWhatTheServiceWasGiven() throws Exception {
        long seed = Long.getLong("ftcp.seed", System.nanoTime());
        System.out.println("HostileClientTest seed " + seed);
        Lab.with(lab -> {
            lab.protectRecorder();
            PeerNet net = lab.peers();
            List<Client> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) clients.add(new Client(i, seed, net));
            for (int step = 0; step < STEPS; step++) for (Client c : clients) c.step(c.random.nextInt(KINDS));
            for (Client c : clients) c.settle();
            SoftAssertions each = new SoftAssertions();
            for (Client c : clients)
                each.assertThat(lab.record("a", c.name)).as("a, " + c.name).isEqualTo(c.expected());
            each.assertAll();
            assertThat(lab.lab("ctl", "a", "connections")).doesNotContain("different bytes", "not followed", "its end");
            // What is in flight when the host is lost, with the kernel's view of it unknown.
            for (Client c : clients) for (int i = 0; i < 5; i++) c.step(c.random.nextInt(KINDS));
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            for (Client c : clients) c.next(500);
            for (Client c : clients) {
                each.assertThatCode(() -> {
                            c.settle();
                            Lab.await("the echo", c::hasEcho);
                        })
                        .as(c.name + ": %d acknowledged", c.peer.acked())
                        .doesNotThrowAnyException();
                each.assertThat(c.peer.heard(s -> s.has(Segment.RST)))
                        .as("reset of " + c.name)
                        .isFalse();
                each.assertThat(lab.record("b", c.name)).as("b, " + c.name).isEqualTo(c.expected());
                each.assertThat(c.peer.received()).as("echo to " + c.name).isEqualTo(c.expected());
            }
            each.assertAll();
        });
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
