package dev.ftcp.xen.packet;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.ByteBuffer;

/**
 * Says to this host's own TCP what a client has said already, to the host that owned the connection before: an acknowledgement of the
 * service's FIN, and the client's own FIN. Repair mode cannot restore the states that follow from them, and the client does not
 * repeat what was acknowledged. And what a client has said to this host before its TCP could take it. The frames go to the interface like all others; the gate's egress program turns them round, so
 * that they come in where the client's would, whatever the reverse path filter thinks of other interfaces. Not thread-safe.
 */
public final class InwardFrames implements AutoCloseable {
    private static final int HEADERS = 128;

    private final PacketSender sender;
    private final PacketSender early;
    private final long hostMac;
    private final FrameWriter writer = new FrameWriter(HEADERS);

    /**
     * @param ifindex the service's interface, with the wrap's programs
     * @param hostMac its address
     */
    public InwardFrames(int ifindex, long hostMac) {
        this.sender = new PacketSender(ifindex, PacketSender.INWARD_MARK);
        this.early = new PacketSender(ifindex, PacketSender.AGAIN_MARK);
        this.hostMac = hostMac;
    }

    /**
     * A pure ACK of the client, or its FIN.
     *
     * @param seq the client's next sequence number, before its FIN
     * @param ack the service's next sequence number as the client knows it
     * @param window the client's window field, unscaled
     * @param tsval the client's newest timestamp
     * @param tsecr a timestamp of the service that the client may have seen
     * @return false if the frame could not be sent; then timers do later what it would have done
     */
    public boolean fromClient(
            FlowKey key,
            long clientMac,
            int seq,
            int ack,
            boolean fin,
            int window,
            boolean timestamps,
            int tsval,
            int tsecr) {
        int flags = fin ? FrameWriter.ACK | FrameWriter.FIN : FrameWriter.ACK;
        writer.toService(key, clientMac, hostMac).segment(seq, ack, flags, window);
        if (timestamps) writer.timestamps(tsval, tsecr);
        return sender.send(writer);
    }

    /**
     * A frame of {@link PacketReceiver#copy}, as if it came now.
     *
     * @return false if it could not be sent; then the client sends it again
     */
    public boolean again(ByteBuffer frame) {
        return early.send(frame, 0, frame.capacity());
    }

    @Override
    public void close() {
        early.close();
        sender.close();
    }
}
