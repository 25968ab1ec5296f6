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
    /** Enough to cover the client's last segment whole: a sender does not mark a segment that is covered in part. */
    private static final int TAIL_SEGMENTS = 2;
    /** Below this many segments in flight, everything but the first byte is covered: only then a last segment surely is. */
    private static final int SHORT_FLIGHT_SEGMENTS = 3;
    /** Duplicate acknowledgements that start a fast retransmit (RFC 5681, section 3.2). */
    private static final int DUPLICATES = 3;

    private final PacketSender sender;
    private final long sourceMac;
    private final FrameWriter writer = new FrameWriter(HEADERS);

    /**
     * @param sender where frames go; stays the caller's
     * @param sourceMac address of its interface
     */
    public ProbeFrames(PacketSender sender, long sourceMac) {
        this.sender = sender;
        this.sourceMac = sourceMac;
    }

    /**
     * Asks a client's TCP how far it is: one byte at {@code sndUna − 1}, which the client has acknowledged long ago. It answers with a pure ACK
     * (RFC 9293, section 3.10.7.4) that carries its rcv_nxt, its snd_nxt, window and timestamp. The byte's value is never looked at.
     */
    public boolean probe(
            FlowKey key, long clientMac, int sndUna, int rcvNxt, int window, boolean timestamps, int tsval, int tsecr) {
        begin(key, clientMac, sndUna - 1, rcvNxt, window, timestamps, tsval, tsecr);
        writer.zeros(1);
        return sender.send(writer);
    }

    /** A pure ACK: the kick that gets a held acknowledgement out after its commit. */
    public boolean ack(
            FlowKey key, long clientMac, int seq, int rcvNxt, int window, boolean timestamps, int tsval, int tsecr) {
        begin(key, clientMac, seq, rcvNxt, window, timestamps, tsval, tsecr);
        return sender.send(writer);
    }

    /**
     * Makes the client retransmit now, not at its timeout, what it has in flight from {@code rcvNxt} on. With SACK: a duplicate ACK that claims the
     * last segments, so that the ones before count as lost (RFC 6675, RFC 8985); RFC 2018, section 8 lets a receiver drop
     * what it has SACKed, and the sender finds that out by itself. Without SACK: three duplicate ACKs. To be sent after the
     * connection is restored and resumed. A client with a single segment in flight does not react: its timers decide.
     *
     * @param clientNxt the client's snd_nxt, from its answer to the probe
     * @param mss payload bytes of the client's full segments
     * @return true if nothing is in flight, or the frames were sent
     */
    public boolean resend(
            FlowKey key,
            long clientMac,
            int seq,
            int rcvNxt,
            int clientNxt,
            int mss,
            boolean sack,
            int window,
            boolean timestamps,
            int tsval,
            int tsecr) {
        if (!Seq.after(clientNxt, rcvNxt)) return true;
        int flight = clientNxt - rcvNxt;
        if (!sack) {
            boolean all = true;
            for (int i = 0; i < DUPLICATES; i++)
                all &= ack(key, clientMac, seq, rcvNxt, window, timestamps, tsval, tsecr);
            return all;
        }
        if (flight == 1) return true;
        int claimed = flight > SHORT_FLIGHT_SEGMENTS * mss ? TAIL_SEGMENTS * mss : flight - 1;
        begin(key, clientMac, seq, rcvNxt, window, timestamps, tsval, tsecr);
        writer.sack(clientNxt - claimed, clientNxt);
        return sender.send(writer);
    }

    private void begin(
            FlowKey key, long clientMac, int seq, int ack, int window, boolean timestamps, int tsval, int tsecr) {
        writer.toClient(key, sourceMac, clientMac).segment(seq, ack, FrameWriter.ACK, window);
        if (timestamps) writer.timestamps(tsval, tsecr);
    }
}
