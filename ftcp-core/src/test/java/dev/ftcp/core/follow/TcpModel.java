package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.kit.Dialogue;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/**
 * One dialogue between a client's TCP and a service's, with the wrap between them: segments are cut, lost, reordered and sent again at
 * random, and what is captured goes into one ring. The client never sends what it knows to be acknowledged.
 */
final class TcpModel {
    private static final int WINDOW = 6000;

    final FlowKey key;
    final byte[] client;
    final byte[] server;
    final int clientIsn;
    final int serverIsn;
    private final Dialogue dialogue;
    private final FakeWrap wrap;
    private final Random random;
    private final ArrayDeque<CaptureRecord> ring;
    private final BitSet kernelHas = new BitSet();
    private final BitSet clientHas = new BitSet();
    private int kernelNxt; // of the client's stream
    private boolean kernelHasFin;
    private int sent; // by the service
    private boolean finSent;
    private boolean clientHasFin;
    boolean closesToo;

    TcpModel(int id, Dialogue dialogue, FakeWrap wrap, Random random, ArrayDeque<CaptureRecord> ring) {
        this.key = Bench.key(id);
        this.dialogue = dialogue;
        this.client = dialogue.client();
        this.server = dialogue.server();
        this.wrap = wrap;
        this.random = random;
        this.ring = ring;
        this.clientIsn = random.nextInt(3) == 0 ? -random.nextInt(5000) : random.nextInt();
        this.serverIsn = random.nextInt(3) == 0 ? -random.nextInt(5000) : random.nextInt();
        this.closesToo = random.nextBoolean();
    }

    void syn() {
        ring.add(Captures.syn(key, false, clientIsn, 0));
        ring.add(Captures.syn(key, true, serverIsn, clientIsn + 1));
    }

    boolean open() {
        return wrap.released.contains(key);
    }

    private FakeWrap.Slot slot() {
        return wrap.slot(key);
    }

    /** What the client knows to be acknowledged. */
    private int una() {
        return (int) Math.min(client.length, Seq.offset(slot().sentAck, clientIsn, kernelNxt));
    }

    boolean allSent() {
        return kernelNxt == client.length && una() == client.length && (!closesToo || kernelHasFin);
    }

    boolean allAnswered() {
        return sent == server.length
                && clientNxt() == server.length
                && (!dialogue.serverCloses() || (finSent && clientHasFin));
    }

    private int clientNxt() {
        takeSentOn();
        return clientHas.nextClearBit(0);
    }

    /** What the gate swallowed reaches the client when the daemon sends it on. */
    private void takeSentOn() {
        if (!open()) return;
        for (int sentOn : slot().sentOn) {
            int end = (int) Seq.offset(sentOn, serverIsn, sent);
            clientHas.set(0, Math.min(end, server.length));
            clientHasFin |= end > server.length;
        }
        slot().sentOn.clear();
    }

    /** The client sends something of what is not acknowledged. */
    void clientSends() {
        int from = una() + (random.nextInt(3) == 0 ? random.nextInt(WINDOW) : 0);
        from = Math.min(from, client.length);
        int length =
                Math.min(random.nextInt(5) == 0 ? random.nextInt(WINDOW) : random.nextInt(800), client.length - from);
        length = Math.min(length, Math.max(0, una() + WINDOW - from));
        boolean fin = closesToo && from + length == client.length;
        if (length == 0 && !fin) return;
        if (random.nextInt(8) == 0) return; // lost, or not captured: then it does not pass
        byte[] bytes = Arrays.copyOfRange(client, from, from + length);
        ring.add(Captures.segment(
                CaptureRecord.CLIENT,
                slot(),
                key,
                Seq.at(clientIsn, from),
                clientAck(),
                CaptureRecord.ACK | (fin ? CaptureRecord.FIN : 0),
                bytes,
                length));
        noteClientAck();
        kernelHas.set(from, from + length);
        kernelNxt = kernelHas.nextClearBit(0);
        kernelHasFin |= fin && kernelNxt == client.length;
        if (random.nextInt(3) > 0) kernelAcks();
    }

    void kernelAcks() {
        wrap.kernelAcks(slot(), kernelAck());
    }

    private int kernelAck() {
        return Seq.at(clientIsn, kernelNxt) + (kernelHasFin ? 1 : 0);
    }

    /** The service's kernel sends, something new or something again. */
    void serverSends() {
        int available = dialogue.produced(kernelNxt);
        boolean again = random.nextInt(5) == 0;
        int from = again ? random.nextInt(sent + 1) : sent;
        int most = random.nextInt(3) == 0 ? 8000 : 700;
        int length = Math.min(random.nextInt(most), available - from);
        int end = from + length;
        boolean fin = dialogue.serverCloses() && end == server.length && kernelNxt == client.length;
        if (length <= 0 && !fin) return;
        boolean held = wrap.strict && !slot().open;
        boolean wanted =
                wrap.kernelSends(slot(), Seq.at(serverIsn, end) + (fin ? 1 : 0), kernelAck(), fin) && length > 0;
        if (held && (wanted || fin)) {
            ring.add(Captures.held(
                    slot(),
                    key,
                    Seq.at(serverIsn, from),
                    kernelAck(),
                    CaptureRecord.ACK | (fin ? CaptureRecord.FIN : 0),
                    Arrays.copyOfRange(server, from, end)));
            sent = Math.max(sent, end);
            finSent |= fin;
            return;
        }
        if (wanted || fin) {
            ring.add(Captures.segment(
                    CaptureRecord.SERVER,
                    slot(),
                    key,
                    Seq.at(serverIsn, from),
                    kernelAck(),
                    CaptureRecord.ACK | (fin ? CaptureRecord.FIN : 0),
                    Arrays.copyOfRange(server, from, end),
                    wanted ? length : 0));
        }
        sent = Math.max(sent, end);
        finSent |= fin;
        if (random.nextInt(8) == 0) return; // lost on the way
        clientHas.set(from, end);
        clientHasFin |= fin && clientNxt() == server.length;
        if (random.nextInt(3) == 0) noteClientAck();
    }

    /** Everything again that the client lacks. */
    void serverSendsAgain() {
        sent = Math.min(sent, clientNxt());
        serverSends();
        if (clientNxt() >= sent) noteClientAck();
    }

    void noteClientAck() {
        slot().clientAck = Seq.max(slot().clientAck, clientAck());
    }

    private int clientAck() {
        return Seq.at(serverIsn, clientNxt()) + (clientHasFin ? 1 : 0);
    }

    void gone() {
        ring.add(Captures.event(CaptureRecord.GONE, slot(), key, 0));
    }
}
