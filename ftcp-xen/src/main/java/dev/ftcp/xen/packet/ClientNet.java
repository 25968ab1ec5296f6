package dev.ftcp.xen.packet;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * All that can be said and heard beside this kernel's sockets, at the interface that clients are behind. Owns what it opens. One thread, but
 * {@link #close}, when nobody uses it any more.
 */
public final class ClientNet implements AutoCloseable {
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final NetInterface nic;
    private final PacketSender sender;
    private final PacketReceiver receiver;
    private final ProbeFrames probes;
    private final InwardFrames inward;
    private final Neighbours neighbours;

    /**
     * @param vips what clients speak to
     * @param mark of all that is said to clients: by it the gate knows whose it is
     * @param receiveBytes what clients say that waits to be heard, in bytes; what does not fit is lost
     * @throws dev.ftcp.xen.linux.SyscallException if the kernel refuses a socket; nothing stays open then
     */
    public ClientNet(NetInterface nic, List<InetAddress> vips, int mark, int receiveBytes) {
        boolean made = false;
        try {
            this.nic = nic;
            sender = new PacketSender(nic.index(), mark);
            closing.push(sender::close);
            receiver = new PacketReceiver(nic.index(), vips, receiveBytes);
            closing.push(receiver::close);
            inward = new InwardFrames(nic.index(), nic.mac());
            closing.push(inward::close);
            neighbours = new Neighbours(nic.index());
            closing.push(neighbours::close);
            probes = new ProbeFrames(sender, nic);
            made = true;
        } finally {
            if (!made) close();
        }
    }

    /** The interface. */
    public NetInterface nic() {
        return nic;
    }

    /** To clients. */
    public PacketSender sender() {
        return sender;
    }

    /** From clients. */
    public PacketReceiver receiver() {
        return receiver;
    }

    /** Questions to clients. */
    public ProbeFrames probes() {
        return probes;
    }

    /** To this kernel, in a client's name. */
    public InwardFrames inward() {
        return inward;
    }

    /** Where clients are. */
    public Neighbours neighbours() {
        return neighbours;
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) closing.pop().run();
    }
}
