package dev.ftcp.tests.peer;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network of the peers: addresses on the clients' link which no kernel has, so that none answers for them. It answers ARP for
 * them, learns where the service is, and hands segments over. Frames go through {@code wire.py}, a program on the link that only passes
 * them on: {@code u16 length, frame} in both directions. Thread-safe.
 */
public final class PeerNet implements AutoCloseable {
    private static final int VIP_PORT = 80, FIRST_PORT = 40_000;
    private static final long ARP_MILLIS = 200;

    private final Process wire;
    private final DataOutputStream out;
    private final byte[] mac;
    private final byte[] vip;
    private final Map<Long, Consumer<Segment>> peers = new ConcurrentHashMap<>();
    private final Set<Integer> addresses = ConcurrentHashMap.newKeySet();
    private volatile byte @Nullable [] vipMac;
    private volatile boolean closed;
    private int nextPort = FIRST_PORT;

    /**
     * @param wire {@code wire.py}, running on the clients' link
     * @param mac the Ethernet address of the interface that it uses
     * @param vip the service's address
     */
    public PeerNet(Process wire, byte[] mac, InetAddress vip) {
        this.wire = wire;
        this.mac = mac;
        this.vip = vip.getAddress();
        out = new DataOutputStream(wire.getOutputStream());
        Thread reader = new Thread(this::read, "peers");
        reader.setDaemon(true);
        reader.start();
    }

    /** One end of a connection that a test plays. */
    public final class Port implements AutoCloseable {
        private final Frames.Ends ends;
        private final long key;

        private Port(Frames.Ends ends, long key) {
            this.ends = ends;
            this.key = key;
        }

        /** Sends a segment to the service. */
        public void send(Segment segment) {
            PeerNet.this.send(Frames.of(ends, mac, vipMac(ends.address()), segment));
        }

        @Override
        public void close() {
            peers.remove(key);
        }
    }

    /**
     * A new port at {@code address}; two may share an address.
     *
     * @param address on the clients' link, and nobody's
     * @param onSegment called by this network's thread for each segment of the service that is whole
     */
    public synchronized Port open(InetAddress address, Consumer<Segment> onSegment) {
        byte[] raw = address.getAddress();
        addresses.add(Frames.number(raw));
        int port = nextPort++;
        Frames.Ends ends = new Frames.Ends(raw, port, vip, VIP_PORT);
        long key = Frames.key(Frames.number(raw), port);
        peers.put(key, onSegment);
        return new Port(ends, key);
    }

    @Override
    public void close() {
        closed = true;
        wire.destroyForcibly();
    }

    /** As any host does: asks once, and then follows what the network says about it. */
    private byte[] vipMac(byte[] asker) {
        for (int i = 0; i < 50; i++) {
            byte[] known = vipMac;
            if (known != null) return known;
            send(Frames.arp(Frames.ARP_REQUEST, mac, asker, Frames.BROADCAST, vip));
            try {
                synchronized (this) {
                    if (vipMac == null) wait(ARP_MILLIS);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("nobody answers ARP for " + Arrays.toString(vip));
    }

    private void send(byte[] frame) {
        try {
            synchronized (out) {
                out.writeShort(frame.length);
                out.write(frame);
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(wire.getInputStream(), 1 << 16))) {
            while (true) {
                byte[] frame = new byte[in.readUnsignedShort()];
                in.readFully(frame);
                if (Frames.type(frame) == Frames.ARP) onArp(frame);
                else if (Frames.type(frame) == Frames.IPV4) onIp(frame);
            }
        } catch (EOFException e) {
            // The wire ended, with the test or with the lab.
        } catch (IOException e) {
            if (!closed) throw new UncheckedIOException(e);
        }
    }

    private void onIp(byte[] frame) {
        Consumer<Segment> peer = peers.get(Frames.target(frame));
        Segment segment = peer == null ? null : Frames.parse(frame);
        if (peer != null && segment != null) peer.accept(segment);
    }

    private void onArp(byte[] frame) {
        byte[] sender = Frames.arpSender(frame), target = Frames.arpTarget(frame);
        if (Arrays.equals(sender, vip)) {
            synchronized (this) {
                vipMac = Frames.arpSenderMac(frame);
                notifyAll();
            }
        }
        if (Frames.arpOperation(frame) == Frames.ARP_REQUEST && addresses.contains(Frames.number(target)))
            send(Frames.arp(Frames.ARP_REPLY, mac, target, Frames.arpSenderMac(frame), sender));
    }
}
