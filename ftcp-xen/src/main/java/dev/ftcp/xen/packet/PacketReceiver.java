package dev.ftcp.xen.packet;

import static dev.ftcp.xen.linux.SockOpt.*;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Sees the TCP segments that clients send to service addresses which are not up on this host: the answers to probes. Filtered in the
 * kernel; the queue is bounded, and what does not fit is lost, as on a wire.
 *
 * <pre>
 *   struct msghdr  0 name*  8 namelen  16 iov*  24 iovlen  32 control*  40 controllen  48 flags    (56 bytes)
 *   struct cmsghdr 0 len    8 level    12 type  16 data: struct tpacket_auxdata, u32 tp_status first
 * </pre>
 *
 * Not thread-safe. No allocation per segment.
 */
public final class PacketReceiver implements AutoCloseable {
    /** Called for each segment; the flyweight is valid until it returns. */
    @FunctionalInterface
    public interface Handler {
        /** A well-formed segment with a right checksum (or none computed yet, from a guest of the same host). */
        void onSegment(TcpFrameReader segment);
    }

    private static final int MSG_IOV = 16, MSG_IOVLEN = 24, MSG_CONTROL = 32, MSG_CONTROLLEN = 40, MSG_BYTES = 56;
    private static final int CMSG_LEVEL = 8, CMSG_TYPE = 12, CMSG_DATA = 16, CONTROL_BYTES = 64;
    private static final int PACKET_AUXDATA = 8, PACKET_IGNORE_OUTGOING = 23;
    private static final int STATUS_SUM_NOT_READY = 1 << 3, STATUS_SUM_VALID = 1 << 7;
    /** Headers and any payload of an ordinary segment: needed whole only to verify a checksum that nobody verified. */
    private static final int FRAME_BYTES = 2048;

    private static final int MAX_PER_DRAIN = 256;

    private final RawSocket socket;
    private final Pointer message = Sys.allocate(MSG_BYTES + 16 + CONTROL_BYTES);
    private final Pointer memory = Sys.allocate(FRAME_BYTES);
    private final ByteBuffer frame = Sys.buffer(memory, FRAME_BYTES);
    private final TcpFrameReader reader = new TcpFrameReader();
    private long malformed;
    private int length; // of the frame in memory
    private boolean whole, summed;

    /**
     * @param ifindex interface; see {@link NetInterface}
     * @param addresses the service addresses, of either family
     * @param bufferBytes bound of the queue in bytes; the kernel counts about 768 per small segment
     */
    public PacketReceiver(int ifindex, List<InetAddress> addresses, int bufferBytes) {
        socket = new RawSocket(ifindex, protocol(addresses), PacketFilter.tcpTo(addresses), bufferBytes);
        // A socket for both families would else have every frame that the service sends cloned for the filter to drop.
        if (SockOpt.trySet(socket.fd(), SOL_PACKET, PACKET_AUXDATA, 1) < 0
                || SockOpt.trySet(socket.fd(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) < 0) {
            RuntimeException e = Sys.error("PACKET_AUXDATA or PACKET_IGNORE_OUTGOING");
            socket.close();
            throw e;
        }
        message.putLong(MSG_IOV, message.address() + MSG_BYTES);
        message.putLong(MSG_IOVLEN, 1);
        message.putLong(MSG_CONTROL, message.address() + MSG_BYTES + 16);
        message.putLong(MSG_BYTES, memory.address());
        message.putLong(MSG_BYTES + 8, FRAME_BYTES);
    }

    /** Readable when there are segments; for epoll. */
    public int fd() {
        return socket.fd();
    }

    /**
     * Hands over what has arrived, at most 256 segments a call, and does not wait.
     *
     * @return frames taken from the queue, malformed ones included; 0 when it is empty
     */
    public int drain(Handler handler) {
        int frames = 0;
        while (frames < MAX_PER_DRAIN) {
            message.putLong(MSG_CONTROLLEN, CONTROL_BYTES);
            long n = LibC.INSTANCE.recvmsg(socket.fd(), message, MSG_DONTWAIT | MSG_TRUNC);
            if (n < 0) {
                int errno = Sys.errno();
                if (errno == Errno.EAGAIN || errno == Errno.ENETDOWN) return frames;
                if (errno == Errno.EINTR) continue;
                throw Sys.error("receive segments");
            }
            frames++;
            length = (int) Math.min(n, FRAME_BYTES);
            whole = n == length;
            if (reader.wrap(frame, 0, length) && trusted(length)) handler.onSegment(reader);
            else malformed++;
        }
        return frames;
    }

    /**
     * Within a {@link Handler}: a copy of its frame, with a checksum that whoever gets it can verify. Allocates; the caller owns it.
     *
     * @return null if the frame is longer than an ordinary one
     */
    public @Nullable ByteBuffer copy() {
        if (!whole) return null;
        ByteBuffer copy = ByteBuffer.allocateDirect(length).put(0, frame, 0, length);
        return summed || FrameChecksum.complete(copy, 0, length) ? copy : null;
    }

    /** Frames that were not handed over because they are no well-formed TCP segments or their checksum is wrong. */
    public long malformed() {
        return malformed;
    }

    @Override
    public void close() {
        socket.close();
    }

    /** A packet socket sees frames before TCP verifies them, and a wrong acknowledgement would be believed for good. */
    private boolean trusted(int length) {
        long control = MSG_BYTES + 16;
        boolean aux = message.getLong(MSG_CONTROLLEN) >= CMSG_DATA + 4
                && message.getInt(control + CMSG_LEVEL) == SOL_PACKET
                && message.getInt(control + CMSG_TYPE) == PACKET_AUXDATA;
        int status = aux ? message.getInt(control + CMSG_DATA) : 0;
        summed = (status & STATUS_SUM_NOT_READY) == 0;
        return (status & (STATUS_SUM_NOT_READY | STATUS_SUM_VALID)) != 0 || FrameChecksum.isValid(frame, 0, length);
    }

    private static int protocol(List<InetAddress> addresses) {
        boolean v4 = false;
        boolean v6 = false;
        for (InetAddress a : addresses) {
            if (a instanceof Inet4Address) v4 = true;
            else v6 = true;
        }
        if (!v4 && !v6) throw new IllegalArgumentException("no service address to listen for");
        if (v4 && v6) return Wire.ETH_P_ALL;
        return v4 ? Wire.ETH_P_IP : Wire.ETH_P_IPV6;
    }
}
