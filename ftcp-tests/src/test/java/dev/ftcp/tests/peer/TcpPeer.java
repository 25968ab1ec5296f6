package dev.ftcp.tests.peer;

import static dev.ftcp.tests.peer.Segment.*;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client with a small TCP of its own (RFC 9293, section 3.10) that behaves as its {@link Stack} says: strict about what it is sent,
 * so that a service which answers wrongly is found out. It reads at once what it gets. Thread-safe; a thread of its own sends again what is
 * lost.
 */
public final class TcpPeer implements AutoCloseable {
    private static final long TICK_MILLIS = 5, DELAYED_ACK_MILLIS = 100, MAX_RTO_MILLIS = 2000;
    private static final int DUPLICATES = 3, MAX_IN_FLIGHT = 16, PROBE_MILLIS = 200;

    private final Stack stack;
    private final PeerNet.Port port;
    private final Thread timer = new Thread(this::tick, "tcp-peer");
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final TreeMap<Integer, byte[]> ahead = new TreeMap<>();
    private byte[] stream = {};
    private int serverIsn, rcvNxt, rightEdge, sndUna, sndNxt, sndWnd, peerMss = 536, peerScale, tsRecent, duplicates;
    private boolean open, paused, timestamps, closed, finSeen;
    private int owedAcks;
    private long ackAt, resendAt, rto;
    private @Nullable String trouble;

    public TcpPeer(PeerNet net, InetAddress address, Stack stack) {
        this.stack = stack;
        this.rto = stack.rtoMillis();
        port = net.open(address, this::onSegment);
        timer.setDaemon(true);
    }

    /** Opens the connection; the handshake goes on by itself. */
    public synchronized TcpPeer connect() {
        sendSyn();
        resendAt = now() + rto;
        timer.start();
        return this;
    }

    public synchronized boolean isOpen() {
        return open;
    }

    /** Adds to the stream that is being sent. */
    public synchronized void send(byte[] bytes) {
        int old = stream.length;
        stream = Arrays.copyOf(stream, old + bytes.length);
        System.arraycopy(bytes, 0, stream, old, bytes.length);
        sendMore();
    }

    /** Reads no more, so that its window closes as the service goes on; or reads again. */
    public synchronized void pause(boolean on) {
        paused = on;
        if (open && !on) sendAck();
    }

    /** How many of its bytes the service has acknowledged. */
    public synchronized int acknowledged() {
        return open ? sndUna - stack.isn() - 1 : 0;
    }

    /** What the service has sent, in order. */
    public synchronized byte[] received() {
        return received.toByteArray();
    }

    public synchronized int receivedBytes() {
        return received.size();
    }

    /** What broke the connection, or null: a reset, the service's FIN, an acknowledgement of what was never sent. */
    public synchronized @Nullable String trouble() {
        return trouble;
    }

    @Override
    public synchronized void close() {
        closed = true;
        port.close();
    }

    private synchronized void onSegment(Segment s) {
        if (closed) return;
        if (!open) {
            onSynAck(s);
            return;
        }
        // PAWS (RFC 7323, section 5.3), then the window: what is unacceptable is answered by an acknowledgement.
        if (timestamps && !s.has(RST) && s.hasTimestamps() && s.tsval() - tsRecent < 0) {
            sendAck();
            return;
        }
        int length = s.end() - s.seq();
        boolean before = s.end() - rcvNxt < (length == 0 ? 0 : 1), beyond = s.seq() - rightEdge > 0;
        if (before || beyond) {
            if (!s.has(RST)) sendAck();
            return;
        }
        if (s.has(RST)) {
            fail("reset at " + (s.seq() - serverIsn));
        } else if (s.has(SYN)) {
            sendAck();
        } else if (s.has(ACK) && s.ack() - sndNxt > 0) {
            fail("acknowledges " + (s.ack() - sndNxt) + " bytes that were never sent");
        } else if (s.has(ACK)) {
            onAck(s);
            if (s.hasTimestamps() && s.seq() - rcvNxt <= 0) tsRecent = s.tsval();
            if (length > 0) onData(s);
        }
    }

    private void onSynAck(Segment s) {
        if (s.has(RST)) {
            fail("refused");
        } else if (s.has(SYN) && s.has(ACK) && s.ack() == stack.isn() + 1) {
            open = true;
            serverIsn = s.seq();
            rcvNxt = s.seq() + 1;
            rightEdge = rcvNxt;
            sndUna = sndNxt = s.ack();
            sndWnd = s.window();
            timestamps = stack.timestamps() && s.hasTimestamps();
            tsRecent = s.tsval();
            int scale = s.option(3);
            if (s.mss() > 0) peerMss = s.mss();
            peerScale = stack.windowScale() < 0 ? -1 : scale;
            rto = stack.rtoMillis();
            sendAck();
            sendMore();
        }
    }

    private void onAck(Segment s) {
        int wnd = s.window() << Math.max(peerScale, 0);
        if (s.ack() - sndUna > 0) {
            sndUna = s.ack();
            duplicates = 0;
            rto = stack.rtoMillis();
            resendAt = now() + rto;
        } else if (s.ack() == sndUna && sndNxt != sndUna && s.payload().length == 0 && wnd == sndWnd) {
            if (++duplicates == DUPLICATES && stack.fastRetransmit()) resend();
        }
        if (s.ack() == sndUna) sndWnd = wnd;
        sendMore();
    }

    private void onData(Segment s) {
        if (s.seq() - rcvNxt > 0) {
            if (stack.keepsOutOfOrder()) ahead.putIfAbsent(s.seq() - serverIsn, s.payload());
            sendAck(); // a duplicate, at once
            return;
        }
        take(s.seq(), s.payload());
        for (var next = ahead.firstEntry();
                next != null && serverIsn + next.getKey() - rcvNxt <= 0;
                next = ahead.firstEntry()) {
            take(serverIsn + next.getKey(), next.getValue());
            ahead.remove(next.getKey());
        }
        if (s.has(FIN) && s.end() - 1 == rcvNxt) {
            rcvNxt++;
            finSeen = true;
            fail("closed by the service");
        }
        if (owedAcks++ == 0) ackAt = now() + DELAYED_ACK_MILLIS;
        if (!stack.delaysAck() || owedAcks > 1 || finSeen) sendAck();
    }

    private void take(int seq, byte[] bytes) {
        int known = rcvNxt - seq;
        if (known >= bytes.length) return;
        received.write(bytes, known, bytes.length - known);
        rcvNxt = seq + bytes.length;
    }

    private void sendSyn() {
        Options options = new Options().mss(stack.mss());
        if (stack.sack()) options.sackPermitted();
        if (stack.timestamps()) options.timestamps(tsval(), 0);
        if (stack.windowScale() >= 0) options.nop().windowScale(stack.windowScale());
        int flags = SYN | (stack.ecn() ? ECE | CWR : 0);
        port.send(Segment.of(stack.isn(), 0, flags, Math.min(stack.window(), 65535))
                .withOptions(options.toBytes()));
    }

    private void sendAck() {
        owedAcks = 0;
        port.send(segment(sndNxt, ACK, new byte[0]));
    }

    private void sendMore() {
        int mss = Math.min(stack.mss(), peerMss) - (timestamps ? 12 : 0);
        while (open && trouble == null) {
            int at = sndNxt - stack.isn() - 1;
            int room = Math.min(sndWnd, MAX_IN_FLIGHT * mss) - (sndNxt - sndUna);
            int n = Math.min(Math.min(stream.length - at, mss), room);
            if (n <= 0) return;
            if (sndNxt == sndUna) resendAt = now() + rto;
            owedAcks = 0;
            port.send(segment(sndNxt, PSH | ACK, Arrays.copyOfRange(stream, at, at + n)));
            sndNxt += n;
        }
    }

    /** Only the first segment: what the others' fate is, the acknowledgement of this one will tell. */
    private void resend() {
        int mss = Math.min(stack.mss(), peerMss) - (timestamps ? 12 : 0), at = sndUna - stack.isn() - 1;
        int n = Math.min(Math.min(stream.length - at, mss), sndNxt - sndUna);
        if (n > 0) port.send(segment(sndUna, PSH | ACK, Arrays.copyOfRange(stream, at, at + n)));
        resendAt = now() + rto;
    }

    private Segment segment(int seq, int flags, byte[] payload) {
        int scale = stack.windowScale() < 0 || peerScale < 0 ? 0 : stack.windowScale();
        if (!paused && rcvNxt + stack.window() - rightEdge > 0) rightEdge = rcvNxt + stack.window();
        int field = Math.min(rightEdge - rcvNxt >>> scale, 65535);
        Segment s = Segment.of(seq, rcvNxt, flags, field).withPayload(payload);
        return timestamps
                ? s.withOptions(
                        new Options().nop().nop().timestamps(tsval(), tsRecent).toBytes())
                : s;
    }

    private void fail(String why) {
        if (trouble == null) trouble = why + ", after " + received.size() + " bytes";
    }

    private void tick() {
        try {
            while (!closed) {
                Thread.sleep(TICK_MILLIS);
                onTick(now());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized void onTick(long now) {
        if (closed || trouble != null) return;
        if (owedAcks > 0 && now >= ackAt) sendAck();
        if (now < resendAt) return;
        if (!open) {
            sendSyn();
        } else if (sndNxt != sndUna) {
            resend();
        } else if (sndWnd == 0 && sndNxt - stack.isn() - 1 < stream.length) {
            probe();
            return;
        } else {
            return;
        }
        rto = Math.min(rto * 2, MAX_RTO_MILLIS);
        resendAt = now + rto;
    }

    /** As a BSD does: the next byte, although the window is closed. */
    private void probe() {
        int at = sndNxt - stack.isn() - 1;
        port.send(segment(sndNxt, ACK, Arrays.copyOfRange(stream, at, at + 1)));
        sndNxt++;
        resendAt = now() + PROBE_MILLIS;
    }

    private int tsval() {
        return stack.tsStart() + (int) (now() * stack.tsPerSecond() / 1000);
    }

    private static long now() {
        return System.nanoTime() / 1_000_000;
    }
}
