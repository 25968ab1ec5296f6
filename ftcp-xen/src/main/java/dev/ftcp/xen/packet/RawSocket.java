package dev.ftcp.xen.packet;

import static dev.ftcp.xen.linux.SockOpt.*;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking AF_PACKET socket on one interface (man 7 packet).
 *
 * <pre>
 *   struct sockaddr_ll   0        2          4         8        10        11     12
 *                        +--------+----------+---------+--------+---------+------+---------+
 *                        | family | protocol | ifindex | hatype | pkttype | alen | addr[8] |
 *                        +--------+----------+---------+--------+---------+------+---------+
 *   struct packet_mreq   ifindex u32, type u16, alen u16, address[8]
 * </pre>
 */
final class RawSocket implements AutoCloseable {
    private static final int SLL_PROTOCOL = 2, SLL_IFINDEX = 4, SLL_BYTES = 20;
    private static final int PACKET_ADD_MEMBERSHIP = 1, PACKET_MR_MULTICAST = 0, MREQ_BYTES = 16;

    private final int ifindex;
    private int fd;

    /**
     * @param protocol ethertype to receive, or 0 to receive nothing
     * @param filter program that runs before anything is queued, or null
     * @param receiveBuffer bytes of the queue, 0 for the kernel's default
     */
    RawSocket(int ifindex, int protocol, @Nullable PacketFilter filter, int receiveBuffer) {
        this.ifindex = ifindex;
        // Protocol 0 first: with any other, packets of every interface would come in before filter and bind are in
        // place.
        fd = Sys.check(
                LibC.INSTANCE.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                "open a packet socket (needs CAP_NET_RAW)");
        boolean done = false;
        try {
            if (filter != null) filter.attach(fd);
            if (receiveBuffer > 0)
                SockOpt.set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer / 2, "SO_RCVBUFFORCE of a packet socket");
            bind(protocol);
            done = true;
        } finally {
            if (!done) close();
        }
    }

    int fd() {
        return fd;
    }

    /** Receives frames for a multicast Ethernet address too. */
    void join(long mac) {
        Pointer mreq = Sys.allocate(MREQ_BYTES);
        ByteBuffer b = Sys.buffer(mreq, MREQ_BYTES);
        b.putInt(0, ifindex).putShort(4, (short) PACKET_MR_MULTICAST).putShort(6, (short) 6);
        Wire.put48(b, 8, mac);
        Sys.check(
                LibC.INSTANCE.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, mreq, MREQ_BYTES),
                "join multicast " + Mac.text(mac));
    }

    private void bind(int protocol) {
        Pointer sll = Sys.allocate(SLL_BYTES);
        ByteBuffer b = Sys.buffer(sll, SLL_BYTES);
        b.putShort(0, (short) AF_PACKET).putInt(SLL_IFINDEX, ifindex);
        Wire.put16(b, SLL_PROTOCOL, protocol);
        Sys.check(LibC.INSTANCE.bind(fd, sll, SLL_BYTES), "bind a packet socket to interface " + ifindex);
    }

    @Override
    public void close() {
        Sys.closeQuietly(fd);
        fd = -1;
    }
}
