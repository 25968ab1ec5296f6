package dev.ftcp.tests.peer;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A client without a TCP: sends the segments it is told to, and keeps what comes back. Sequence numbers are relative, as in
 * packetdrill: 0 is the SYN, 1 the first byte. Thread-safe.
 */
public final class RawPeer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final PeerNet.Port port;
    private final int isn;
    private final List<Segment> heard = new ArrayList<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int looked;
    private int serverIsn;
    private int rcvNxt;
    private int tsRecent;
    private boolean synced;

    /** @param isn the sequence number of its SYN */
    public RawPeer(PeerNet net, InetAddress address, int isn) {
        this.isn = isn;
        port = net.open(address, this::onSegment);
    }

    /** Sends a segment with relative numbers; the acknowledgement counts only with ACK. */
    public synchronized void send(Segment s) {
        int ack = s.has(Segment.ACK) ? serverIsn + s.ack() : s.ack();
        port.send(new Segment(
                isn + s.seq(), ack, s.flags(), s.window(), s.urgent(), s.options(), s.payload(), s.fault()));
    }

    /** Acknowledgement number of everything that has come in order, relative. */
    public synchronized int rcvNxt() {
        return rcvNxt - serverIsn;
    }

    /** The newest timestamp of the service; 0 before one was seen. */
    public synchronized int tsRecent() {
        return tsRecent;
    }

    /** What the service has sent, in order. */
    public synchronized byte[] received() {
        return received.toByteArray();
    }

    /** The highest acknowledgement so far, relative. */
    public synchronized int acked() {
        int highest = 0;
        for (Segment s : heard) if (s.has(Segment.ACK) && s.ack() - isn > highest) highest = s.ack() - isn;
        return highest;
    }

    /** Whether any segment was like that, numbers relative. */
    public synchronized boolean heard(Predicate<Segment> like) {
        return heard.stream().map(this::relative).anyMatch(like);
    }

    /** The next segment that is like that, passing over others; numbers relative. */
    public synchronized Segment await(String what, Predicate<Segment> like) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            while (looked < heard.size()) {
                Segment s = relative(heard.get(looked++));
                if (like.test(s)) return s;
            }
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) throw new AssertionError("no segment like '" + what + "'; heard were " + tail());
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        port.close();
    }

    private synchronized void onSegment(Segment s) {
        heard.add(s);
        if (s.has(Segment.SYN) && !synced) {
            synced = true;
            serverIsn = s.seq();
            rcvNxt = s.seq();
        }
        int known = rcvNxt - s.seq();
        int length = s.end() - s.seq();
        if (synced && known >= 0 && known < length) {
            int skip = s.has(Segment.SYN) ? 0 : Math.min(known, s.payload().length);
            received.write(s.payload(), skip, s.payload().length - skip);
            rcvNxt = s.end();
            if (s.hasTimestamps()) tsRecent = s.tsval();
        }
        notifyAll();
    }

    private Segment relative(Segment s) {
        return new Segment(
                s.seq() - serverIsn,
                s.has(Segment.ACK) ? s.ack() - isn : s.ack(),
                s.flags(),
                s.window(),
                s.urgent(),
                s.options(),
                s.payload(),
                s.fault());
    }

    private String tail() {
        return heard.stream()
                .skip(Math.max(0, heard.size() - 20))
                .map(this::relative)
                .toList()
                .toString();
    }
}
