package dev.ftcp.daemon.takeover;

import static dev.ftcp.xen.packet.FrameWriter.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.PacketSender;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is asked of clients, and what counts as an answer, over the loopback interface: IP drops these frames as martians. */
class ProberTest {
    private static final int PORT = 1, CLIENT_PORT = 2, CLIENT_ISN = 1000, SERVER_ISN = -5;
    private static final byte[] REQUEST = "request".getBytes(StandardCharsets.US_ASCII);

    private final NetInterface lo = NetInterface.find("lo");
    private final InetAddress service = address(78), client = address(79);
    private final FlowKey key = FlowKey.of(service, PORT, client, CLIENT_PORT);
    private final PacketSender sender = new PacketSender(lo.index(), 0);
    private final ClientNet atService = new ClientNet(lo, List.of(service), 0, 1 << 20);
    private final PacketReceiver atClient = new PacketReceiver(lo.index(), List.of(client), 1 << 20);
    private final FrameWriter writer = new FrameWriter(256);
    private final List<String> heard = new ArrayList<>();
    private final List<ByteBuffer> openings = new ArrayList<>();
    private long now = 1_000_000_000L;
    private boolean socket;
    private final FlowKey taken = FlowKey.of(service, PORT, client, CLIENT_PORT + 3);
    private final Prober prober = new Prober(
            atService, () -> now, connection -> connection.equals(taken) || connection.equals(key) && socket);
    private final Prober.Listener listener = new Prober.Listener() {
        @Override
        public void onAnswer(FlowLedger flow, ProbeAnswer answer) {
            heard.add("rcv_nxt " + answer.rcvNxt() + " snd_nxt " + answer.sndNxt());
        }

        @Override
        public void onGone(FlowLedger flow) {
            heard.add("gone");
        }
    };
    private final Ledger ledger = new Ledger(1, new ChunkPool(1 << 20), 1 << 16);
    private FlowLedger flow;

    @BeforeEach
    void setUp() {
        ledger.opened(new Opening(0, key, CLIENT_ISN, SERVER_ISN, 1460, 7, 6, true, true, 1, lo.mac(), 65535));
        ledger.forEach(f -> flow = f);
    }

    @AfterEach
    void tearDown() {
        sender.close();
        atService.close();
        atClient.close();
    }

    @Test
    void anOpeningIsAskedByItsSynAckWhichAnswersTheClientsSyn() {
        prober.reset(List.of(flow), List.of(service));
        prober.ask(flow);
        assertThat(asked()).containsExactly("SYN-ACK " + SERVER_ISN + " ack " + (CLIENT_ISN + 1));
        client(CLIENT_ISN, 0, SYN);
        assertThat(collected()).isEmpty();
        client(CLIENT_ISN + 1, SERVER_ISN + 1, ACK);
        assertThat(collected()).containsExactly("rcv_nxt " + (SERVER_ISN + 1) + " snd_nxt " + (CLIENT_ISN + 1));
    }

    @Test
    void anOpeningThatThisHostsTcpAnswersIsNotTheOldOne() {
        socket = true;
        prober.reset(List.of(flow), List.of(service));
        client(CLIENT_ISN, 0, SYN);
        assertThat(collected()).containsExactly("gone");
    }

    @Test
    void aClientThatOpensAnewHasForgottenTheOldConnection() {
        prober.reset(List.of(flow), List.of(service));
        client(CLIENT_ISN + 1, 0, SYN);
        assertThat(collected()).containsExactly("gone");
    }

    /** Only what nothing is known of: two answers to one SYN would make two connections. */
    @Test
    void openingsOfThoseThatAreAskedAreNotSaidAgain() {
        client(CLIENT_ISN, 0, SYN);
        frame(CLIENT_PORT + 1, 7, 0, SYN);
        prober.listen();
        prober.reset(List.of(flow), List.of(service));
        prober.takeOpenings(service, openings::add);
        assertThat(openings).hasSize(1);
    }

    /** As long as the address is not up, TCP has not taken them. */
    @Test
    void openingsThatComeUntilThisHostTakesThemAreSaidAgain() {
        prober.reset(List.of(flow), List.of(service));
        frame(CLIENT_PORT + 1, 7, 0, SYN);
        frame(taken.clientPort(), 7, 0, SYN);
        prober.hear(listener);
        frame(CLIENT_PORT + 2, 7, 0, SYN);
        prober.takeOpenings(service, openings::add);
        prober.hear(listener);
        prober.takeOpenings(service, openings::add);
        assertThat(openings).hasSize(1);
    }

    /** Another one comes up a little later; what it was told meanwhile TCP has not taken. */
    @Test
    void openingsAtAnotherAddressWaitForIt() {
        prober.reset(List.of(flow), List.of(client, service));
        frame(CLIENT_PORT + 1, 7, 0, SYN);
        prober.hear(listener);
        prober.takeOpenings(client, openings::add);
        assertThat(openings).isEmpty();
        frame(CLIENT_PORT + 2, 7, 0, SYN);
        prober.hear(listener);
        prober.takeOpenings(service, openings::add);
        assertThat(openings).hasSize(2);
        frame(CLIENT_PORT + 4, 7, 0, SYN);
        prober.hear(listener);
        prober.takeOpenings(service, openings::add);
        assertThat(openings).hasSize(2);
    }

    /** It has closed the connection that it speaks of; of this opening nobody wants to hear more. */
    @Test
    void aClientThatSpeaksOfAnotherConnectionIsGone() {
        prober.reset(List.of(flow), List.of(service));
        prober.ask(flow);
        client(CLIENT_ISN + 50, SERVER_ISN + 1 + (16 << 20), ACK);
        prober.collect(listener);
        assertThat(heard).containsExactly("rcv_nxt " + (SERVER_ISN + 1 + (16 << 20)) + " snd_nxt " + (CLIENT_ISN + 50));
        heard.clear();
        for (int distance : new int[] {(16 << 20) + 1, 1 << 31, -1}) {
            prober.reset(List.of(flow), List.of(service));
            client(CLIENT_ISN + 50, SERVER_ISN + 1 + distance, ACK);
            prober.collect(listener);
        }
        assertThat(heard).containsExactly("gone", "gone", "gone");
    }

    @Test
    void openingsThatAreOldAreNotSaidAgain() {
        client(CLIENT_ISN, 0, SYN);
        prober.listen();
        now += 600_000_000L;
        prober.reset(List.of(), List.of(service));
        prober.takeOpenings(service, openings::add);
        assertThat(openings).isEmpty();
    }

    @Test
    void anOpenConnectionIsAskedByAnOldByte() {
        talk();
        prober.reset(List.of(flow), List.of(service));
        prober.ask(flow);
        assertThat(asked()).containsExactly("byte at " + (SERVER_ISN + 2) + " ack " + (CLIENT_ISN + 8));
        client(CLIENT_ISN, 0, SYN);
        assertThat(collected()).containsExactly("gone");
    }

    @Test
    void onlyTheQuestionsResetCounts() {
        talk();
        prober.reset(List.of(flow), List.of(service));
        client(CLIENT_ISN, 0, RST);
        assertThat(collected()).isEmpty();
        client(CLIENT_ISN + 8, 0, RST);
        assertThat(collected()).containsExactly("gone");
    }

    /** A segment with an old acknowledgement is from before; one with data may be sent again. */
    @Test
    void onlyAPureAckOfNowIsAnAnswer() {
        talk();
        prober.reset(List.of(flow), List.of(service));
        client(CLIENT_ISN + 8, SERVER_ISN + 1, ACK);
        assertThat(collected()).isEmpty();
        assertThat(prober.known(flow)).isNull();
        frame(CLIENT_PORT, CLIENT_ISN + 8, SERVER_ISN + 4, ACK, REQUEST);
        assertThat(collected()).isEmpty();
        ProbeAnswer last = prober.known(flow);
        assertThat(last == null ? 0 : last.sndNxt()).isEqualTo(CLIENT_ISN + 8 + REQUEST.length);
        client(CLIENT_ISN + 8 + REQUEST.length, SERVER_ISN + 4, ACK);
        assertThat(collected()).containsExactly("rcv_nxt " + (SERVER_ISN + 4) + " snd_nxt " + (CLIENT_ISN + 15));
        Unheard.Data data = prober.takeData(flow);
        assertThat(data == null ? 0 : data.endSeq()).isEqualTo(CLIENT_ISN + 15);
    }

    /** A restore takes its time, and meanwhile no socket takes what the client says. */
    @Test
    void whatComesAfterTheAnswerIsHeardToo() {
        talk();
        prober.reset(List.of(flow), List.of(service));
        int next = CLIENT_ISN + 8;
        client(next, SERVER_ISN + 4, ACK);
        assertThat(collected()).hasSize(1);
        frame(CLIENT_PORT, next, SERVER_ISN + 4, ACK, REQUEST);
        frame(CLIENT_PORT, next + 14, SERVER_ISN + 4, ACK, REQUEST);
        frame(CLIENT_PORT, next + 7, SERVER_ISN + 4, ACK, REQUEST);
        prober.hear(listener);
        Unheard.Data data = prober.takeData(flow);
        assertThat(data == null ? 0 : data.endSeq()).isEqualTo(next + 14);
        assertThat(data == null ? 0 : data.frames().size()).isEqualTo(2);
        ProbeAnswer last = prober.known(flow);
        assertThat(last == null ? 0 : last.sndNxt()).isEqualTo(next + 21);
    }

    /** What others said long ago takes nobody's place. */
    @Test
    void whatWasHeardLongAgoIsThrownAway() {
        talk();
        for (int port = CLIENT_PORT + 1; port < 5000; port++) {
            frame(port, 1, 1, ACK, REQUEST);
            if (port % 100 == 0) prober.listen();
        }
        now += 600_000_000L;
        frame(CLIENT_PORT, CLIENT_ISN + 8, SERVER_ISN + 4, ACK, REQUEST);
        prober.reset(List.of(flow), List.of(service));
        Unheard.Data data = prober.takeData(flow);
        assertThat(data == null ? 0 : data.endSeq()).isEqualTo(CLIENT_ISN + 15);
    }

    /** The client has said seven bytes, the service three, and the client has those. */
    private void talk() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(7).put(0, REQUEST);
        ledger.clientBytes(0, 0, bytes, 0, 7);
        ledger.serverBytes(0, 0, bytes, 0, 3);
        ledger.acked(0, 3);
    }

    private void client(int seq, int ack, int flags) {
        frame(CLIENT_PORT, seq, ack, flags);
    }

    private void frame(int port, int seq, int ack, int flags, byte... payload) {
        writer.toService(FlowKey.of(service, PORT, client, port), lo.mac(), lo.mac())
                .segment(seq, ack, flags, 1000)
                .timestamps(1, 1);
        if (payload.length > 0) writer.payload(ByteBuffer.wrap(payload), 0, payload.length);
        sender.send(writer);
    }

    private List<String> collected() {
        prober.collect(listener);
        return heard;
    }

    private List<String> asked() {
        List<String> asked = new ArrayList<>();
        atClient.drain(s -> asked.add((s.has(SYN) ? "SYN-ACK " : s.payloadLength() == 1 ? "byte at " : "other ")
                + s.seq() + " ack " + s.ack()));
        return asked;
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
