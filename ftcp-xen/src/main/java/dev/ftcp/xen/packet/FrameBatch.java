package dev.ftcp.xen.packet;

import static dev.ftcp.xen.linux.SockOpt.*;
import static dev.ftcp.xen.packet.Wire.*;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Frames that the gate swallowed at tc egress, on their way out at last: collected where they lie, then sent by one system call, through
 * tc egress once more. A frame may be as large as TCP made it. What its device would have done is still to be done, and a header in front
 * of it tells the kernel (PACKET_VNET_HDR in man 7 packet; struct virtio_net_hdr): complete the checksum, cut it into segments.
 *
 * <pre>
 *   memory            CAPACITY x mmsghdr            CAPACITY x 2 iovec      CAPACITY x vnet header
 *   mmsghdr   0 name   16 iov   24 iovlen   32 control   48 flags   56 sent bytes   (64)
 *   iovec     0 base   8 length                                                      (16)
 *   vnet      0 flags  1 gso type  2 header length  4 gso size  6 checksum from  8 checksum at   (10, every 16)
 * </pre>
 *
 * Non-blocking; no allocation. Not thread-safe.
 */
public final class FrameBatch implements AutoCloseable {
    private static final int CAPACITY = 256;
    private static final int MESSAGE = 64, MSG_IOV = 16, MSG_IOVLEN = 24;
    private static final int IOVEC = 16, PAIR = 2 * IOVEC;
    private static final int VNET = 16, VNET_BYTES = 10;
    private static final int GSO_TYPE = 1, HEADER_BYTES = 2, GSO_SIZE = 4, SUM_FROM = 6, SUM_AT = 8;
    private static final int NEEDS_SUM = 1, GSO_TCP4 = 1, GSO_TCP6 = 4, GSO_ECN = 0x80;
    private static final int CWR = 0x80;
    private static final int IOVECS = CAPACITY * MESSAGE, VNETS = IOVECS + CAPACITY * PAIR;
    private static final int BYTES = VNETS + CAPACITY * VNET;
    private static final int PACKET_VNET_HDR = 15;

    /** What a slow device may queue: more than the windows of many connections. */
    private static final int SEND_BUFFER = 32 << 20;

    private final RawSocket socket;
    private final Pointer memory = Sys.allocate(BYTES);
    private final ByteBuffer words = Sys.buffer(memory, BYTES);
    private ByteBuffer source = ByteBuffer.allocateDirect(0);
    private long sourceAddress;
    private int count;
    private long sent;
    private long refused;

    /**
     * @param ifindex interface to send from; see {@link NetInterface}
     * @param mark skb mark of the frames; needs CAP_NET_ADMIN
     * @throws dev.ftcp.xen.linux.SyscallException if the socket cannot be had
     */
    public FrameBatch(int ifindex, int mark) {
        socket = new RawSocket(ifindex, 0, null, 0);
        boolean done = false;
        try {
            SockOpt.set(socket.fd(), SOL_SOCKET, SO_MARK, mark, "set the mark of a packet socket");
            SockOpt.set(socket.fd(), SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
            SockOpt.set(socket.fd(), SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER / 2, "SO_SNDBUFFORCE of a packet socket");
            done = true;
        } finally {
            if (!done) socket.close();
        }
        for (int i = 0; i < CAPACITY; i++) {
            int iov = IOVECS + i * PAIR;
            words.putLong(i * MESSAGE + MSG_IOV, memory.address() + iov).putLong(i * MESSAGE + MSG_IOVLEN, 2);
            words.putLong(iov, memory.address() + vnet(i)).putLong(iov + 8, VNET_BYTES);
        }
    }

    /**
     * Adds a frame, which stays where it is until {@link #send} or {@link #drop}.
     *
     * @param frame direct buffer that holds a whole Ethernet frame with TCP over IPv4 without options, or over IPv6 without extension headers
     * @param header bytes of all its headers
     * @param segment payload bytes that each segment is to carry, 0 if the frame is one
     * @return false if no more fit: then {@link #send} first
     */
    public boolean add(ByteBuffer frame, int index, int length, int header, int segment) {
        if (count == CAPACITY) return false;
        if (index < 0 || length < header || length > frame.capacity() - index)
            throw new IndexOutOfBoundsException(
                    "frame of " + length + " bytes at " + index + " in " + frame.capacity());
        boolean v4 = u16(frame, index + ETH_TYPE) == ETH_P_IP;
        int tcp = ETH_BYTES + (v4 ? IP4_BYTES : IP6_BYTES);
        int v = vnet(count);
        boolean partial = FrameChecksum.isPartial(frame, index, length);
        words.put(v, (byte) (partial ? NEEDS_SUM : 0));
        words.putShort(v + SUM_FROM, (short) (partial ? tcp : 0)).putShort(v + SUM_AT, (short) (partial ? TCP_SUM : 0));
        int gso = 0;
        if (segment > 0) {
            gso = v4 ? GSO_TCP4 : GSO_TCP6;
            if ((u8(frame, index + tcp + TCP_FLAGS) & CWR) != 0) gso |= GSO_ECN;
        }
        words.put(v + GSO_TYPE, (byte) gso).putShort(v + HEADER_BYTES, (short) header);
        words.putShort(v + GSO_SIZE, (short) segment);
        int iov = IOVECS + count * PAIR + IOVEC;
        words.putLong(iov, address(frame) + index).putLong(iov + 8, length);
        count++;
        return true;
    }

    /** Sends the added frames in order. What the kernel does not take is counted and forgotten: TCP sends it again. */
    public void send() {
        for (int done = 0; done < count; ) {
            int n = LibC.INSTANCE.sendmmsg(
                    socket.fd(), memory.address() + (long) done * MESSAGE, count - done, MSG_DONTWAIT);
            if (n > 0) {
                sent += n;
                done += n;
                continue;
            }
            // It is about the first frame only, unless the socket's buffer is full.
            int lost = Sys.errno() == Errno.EAGAIN ? count - done : 1;
            refused += lost;
            done += lost;
        }
        count = 0;
    }

    /** Forgets the added frames. */
    public void drop() {
        count = 0;
    }

    /** Frames that the kernel took; the gate may have swallowed them all the same. */
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

    private static int vnet(int i) {
        return VNETS + i * VNET;
    }

    /** All frames lie in one buffer, the capture ring, as a rule. */
    @SuppressWarnings("ReferenceEquality")
    private long address(ByteBuffer frame) {
        if (frame != source) {
            source = frame;
            sourceAddress = Sys.address(frame);
        }
        return sourceAddress;
    }
}
