package dev.ftcp.xen.packet;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;

/**
 * The segments that the daemon sends on behalf of the service without a socket. All of them say only what is committed. Sequence
 * numbers are the service's for {@code seq} and {@code sndUna}, the client's for {@code rcvNxt} and {@code clientNxt}; {@code window} is
 * the field as it goes on the wire; timestamps are used only if {@code timestamps} is true. Every method returns false if the frame
 * could not be sent now. Not thread-safe.
 */
public final class ProbeFrames {
    private static final int HEADERS = 256;
    /**
     * A sender marks only whole segments as SACKed. Of a long flight half is claimed: much at once "delivered" lets the sender resend the
     * other half at once (RFC 6937). Of a flight of fewer segments than this, everything but the first byte: the only way to surely
     * cover a whole segment.
     */
    private static final int SHORT_FLIGHT_SEGMENTS = 3;

    /** Every message undoes one doubling: enough for an outage of 50 s. */
    private static final int MAX_BACKOFF = 8;

    /** IP and TCP headers without options. */
    private static final int V4_HEADERS = 40, V6_HEADERS = 60;

    private final PacketSender sender;
    private final long sourceMac;
    private final int mtu;
    private final FrameWriter writer = new FrameWriter(HEADERS);
    private final UnreachableFrame unreachable = new UnreachableFrame();

    /**
     * @param sender where frames go; stays the caller's
     * @param nic its interface
     */
    public ProbeFrames(PacketSender sender, NetInterface nic) {
        this.sender = sender;
        this.sourceMac = nic.mac();
        this.mtu = nic.mtu();
    }

    /**
     * Asks a client's TCP how far it is: one byte at {@code sndUna − 2}, which the client has acknowledged long ago. It answers with a pure ACK
     * (RFC 9293, section 3.10.7.4) that carries its rcv_nxt, its snd_nxt, window and timestamp. The byte's value is never looked at, nor is what the
     * segment acknowledges: of one that ends at {@code sndUna} Linux takes that (tcp_sequence in net/ipv4/tcp_input.c looks at rcv_wup), and sends on,
     * to nobody yet; and as it learns no round trip time from it, its next try is as late as its timer was backed off, for 10 s of silence 12.8 s.
     */
    public boolean probe(
            FlowKey key, long clientMac, int sndUna, int rcvNxt, int window, boolean timestamps, int tsval, int tsecr) {
        begin(key, clientMac, sndUna - 2, rcvNxt, window, timestamps, tsval, tsecr);
        writer.zeros(1);
        return sender.send(writer);
    }

    /**
     * Asks a client of which nothing is known but its SYN: the SYN-ACK, again. One that has never got it takes it now, and opens the connection (RFC
     * 9293, section 3.10.7.3); to one that has, it is an old segment (3.10.7.4). Both answer with a pure ACK, as to {@link #probe}. TSecr 0: the
     * SYN's timestamp is not known, and Linux takes any other for a forgery.
     *
     * @param windowScale shift of the service's window, −1 if window scaling is off
     * @param window as in any SYN not scaled, 0 to 65535 bytes
     */
    public boolean synAck(
            FlowKey key,
            long clientMac,
            int isn,
            int rcvNxt,
            int window,
            int windowScale,
            boolean sack,
            boolean timestamps,
            int tsval) {
        int mss = mtu - (key.isIpv4() ? V4_HEADERS : V6_HEADERS);
        writer.toClient(key, sourceMac, clientMac)
                .segment(isn, rcvNxt, FrameWriter.SYN | FrameWriter.ACK, window)
                .synOptions(mss, windowScale, sack);
        if (timestamps) writer.timestamps(tsval, 0);
        return sender.send(writer);
    }

    /** A pure ACK: the kick that gets a held acknowledgement out after its commit. */
    public boolean ack(
            FlowKey key, long clientMac, int seq, int rcvNxt, int window, boolean timestamps, int tsval, int tsecr) {
        begin(key, clientMac, seq, rcvNxt, window, timestamps, tsval, tsecr);
        return sender.send(writer);
    }

    /**
     * Makes a client that negotiated SACK retransmit now, not at its timeout, what it has in flight from {@code rcvNxt} on: a duplicate ACK that
     * claims the last segments, so that the ones before count as lost (RFC 6675, RFC 8985). RFC 2018, section 8 lets a receiver drop what
     * it has SACKed, and the sender finds that out by itself: Linux after about 10 ms, others at their timeout.
     *
     * <p>To be sent after the connection is restored and resumed, with its current snd_nxt and TSval ({@code TcpRestore.timestamp}), or the
     * client drops it. A client with a single segment in flight does not react, nor to anything else: its timers decide. One without SACK
     * does not react to plain duplicates reliably either: nothing to be done. A client whose retransmission timer has already fired is
     * only hindered by this: for outages of more than about 200 ms use {@link #revertBackoff} instead.
     *
     * @param seq the restored connection's snd_nxt
     * @param clientNxt the client's snd_nxt, from its answer to the probe
     * @param mss payload bytes of the client's full segments
     * @return true if there is nothing to resend, or the frame was sent
     */
    public boolean resend(
            FlowKey key,
            long clientMac,
            int seq,
            int rcvNxt,
            int clientNxt,
            int mss,
            int window,
            boolean timestamps,
            int tsval,
            int tsecr) {
        int flight = clientNxt - rcvNxt;
        if (!Seq.after(clientNxt, rcvNxt) || flight == 1) return true;
        int claimed = flight > SHORT_FLIGHT_SEGMENTS * mss ? flight / 2 : flight - 1;
        begin(key, clientMac, seq, rcvNxt, window, timestamps, tsval, tsecr);
        writer.sack(clientNxt - claimed, clientNxt);
        return sender.send(writer);
    }

    /**
     * After an outage so long that the client's retransmission timer has fired and doubled: makes it count from the undoubled timeout again
     * (RFC 6069), by ICMP messages about the segment that waits. What it has in flight then comes at once or within one base
     * timeout (200 ms on Linux) instead of after as long again as the outage was. A client that has not backed off ignores them, and
     * TCP must not give up a connection for them (RFC 9293, section 3.9.2.2).
     *
     * <p>They count only if they are about the client's snd_una. It may be less than {@code rcvNxt}: what is committed last need not have been
     * acknowledged. So an acknowledgement comes first.
     *
     * @param seq the restored connection's snd_nxt
     */
    public boolean revertBackoff(
            FlowKey key, long clientMac, int seq, int rcvNxt, int window, boolean timestamps, int tsval, int tsecr) {
        boolean all = ack(key, clientMac, seq, rcvNxt, window, timestamps, tsval, tsecr);
        int length = unreachable.build(key, sourceMac, clientMac, rcvNxt);
        for (int i = 0; i < MAX_BACKOFF; i++) all &= sender.send(unreachable.buffer(), 0, length);
        return all;
    }

    private void begin(
            FlowKey key, long clientMac, int seq, int ack, int window, boolean timestamps, int tsval, int tsecr) {
        writer.toClient(key, sourceMac, clientMac).segment(seq, ack, FrameWriter.ACK, window);
        if (timestamps) writer.timestamps(tsval, tsecr);
    }
}
