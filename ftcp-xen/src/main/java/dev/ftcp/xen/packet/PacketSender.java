package dev.ftcp.xen.packet;

import static dev.ftcp.xen.linux.SockOpt.*;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;

/**
 * Sends whole Ethernet frames out of one interface, through its queueing discipline and tc egress, so that the gate sees them as it
 * sees everything else. Non-blocking; no allocation per frame. Not thread-safe.
 */
public final class PacketSender implements AutoCloseable {
    /** Mark of every frame that the daemon sends: the gate checks the lease on it and otherwise leaves it as it is. */
    public static final int DAEMON_MARK = 0x46540001;

    /** Mark of frames for this host's own TCP: the gate turns them round, past capture. Sent by nothing but {@link InwardFrames}. */
    static final int INWARD_MARK = 0x46540002;

    /** Mark of clients' frames that came too early for this host's TCP: turned round as well, and captured. Sent by nothing but {@link InwardFrames}. */
    static final int AGAIN_MARK = 0x46540003;

    private final RawSocket socket;
    private long sent;
    private long refused;

    /**
     * @param ifindex interface to send from; see {@link NetInterface}
     * @param mark skb mark of the frames, 0 for none; others need CAP_NET_ADMIN
     * @throws dev.ftcp.xen.linux.SyscallException if the socket cannot be had
     */
    public PacketSender(int ifindex, int mark) {
        socket = new RawSocket(ifindex, 0, null, 0);
        if (mark != 0 && SockOpt.trySet(socket.fd(), SOL_SOCKET, SO_MARK, mark) < 0) {
            RuntimeException e = Sys.error("set the mark of a packet socket (needs CAP_NET_ADMIN)");
            socket.close();
            throw e;
        }
    }

    /**
     * Sends one frame.
     *
     * @param frame direct buffer, not kept; position and limit do not matter
     * @return false if the kernel has no room, the gate or queueing discipline dropped it, or the interface is down: TCP or a
     *     later announcement makes up for it
     * @throws dev.ftcp.xen.linux.SyscallException for anything else, which is a mistake of the caller or a lost interface
     */
    public boolean send(ByteBuffer frame, int index, int length) {
        if (index < 0 || length < 0 || length > frame.capacity() - index)
            throw new IndexOutOfBoundsException(
                    "frame of " + length + " bytes at " + index + " in " + frame.capacity());
        long n = LibC.INSTANCE.send(socket.fd(), Sys.address(frame) + index, length, MSG_DONTWAIT);
        if (n == length) {
            sent++;
            return true;
        }
        int errno = Sys.errno();
        if (errno != Errno.ENOBUFS && errno != Errno.ENETDOWN && errno != Errno.EAGAIN)
            throw Sys.error("send a frame of " + length + " bytes");
        refused++;
        return false;
    }

    /** Sends the frame that a writer just finished. */
    public boolean send(FrameWriter writer) {
        int length = writer.finish();
        return send(writer.buffer(), 0, length);
    }

    /** Frames that the kernel took. */
    public long sent() {
        return sent;
    }

    /** Frames that it did not take. */
    public long refused() {
        return refused;
    }

    @Override
    public void close() {
        socket.close();
    }
}
