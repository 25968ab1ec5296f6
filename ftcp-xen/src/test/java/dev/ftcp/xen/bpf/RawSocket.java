package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/** An AF_PACKET socket on eth0 of the thread's namespace, sending through tc, and the arithmetic of frames. */
final class RawSocket implements AutoCloseable {
    private static final int AF_PACKET = 17,
            SOCK_RAW = 3,
            SOL_SOCKET = 1,
            SO_RCVTIMEO = 20,
            SO_MARK = 36,
            SO_RCVBUFFORCE = 33;
    static final int MARK = 0x46540001;

    private final int fd;
    private final Pointer memory = Sys.allocate(1 << 17);

    /** @param mark 0 for none */
    RawSocket(boolean listen, int mark) {
        int protocol = listen ? 0x0300 : 0; // ETH_P_ALL in network order
        fd = Sys.check(LibC.INSTANCE.socket(AF_PACKET, SOCK_RAW, protocol), "packet socket");
        Pointer p = Sys.allocate(20);
        p.putShort(0, (short) AF_PACKET);
        p.putShort(2, (short) protocol);
        p.putInt(4, LibC.INSTANCE.if_nametoindex("eth0"));
        Sys.check(LibC.INSTANCE.bind(fd, p, 20), "bind packet socket");
        option(SO_MARK, mark);
        option(SO_RCVBUFFORCE, 32 << 20);
        Pointer tv = Sys.allocate(16);
        tv.putLong(8, 50_000);
        Sys.check(LibC.INSTANCE.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, tv, 16), "SO_RCVTIMEO");
    }

    private void option(int name, int value) {
        Pointer p = Sys.allocate(4);
        p.putInt(0, value);
        Sys.check(LibC.INSTANCE.setsockopt(fd, SOL_SOCKET, name, p, 4), "socket option " + name);
    }

    void send(byte[] frame) {
        memory.put(0, frame, 0, frame.length);
        LibC.INSTANCE.write(fd, memory, frame.length); // the gate may swallow it: that is not an error here
    }

    /** The head of the next frame, at most {@code snap} bytes, or null if there is none for 50 ms. */
    ByteBuffer receive(int snap) {
        long n = LibC.INSTANCE.read(fd, memory, snap);
        if (n < 0 && Sys.errno() != Errno.EAGAIN && Sys.errno() != Errno.EINTR) throw Sys.error("read frame");
        return n <= 0 ? null : Sys.buffer(memory, (int) n).order(ByteOrder.BIG_ENDIAN);
    }

    /** Fills in the IPv4 and TCP checksums of an IPv4 frame, or the TCP checksum of an IPv6 frame. */
    static byte[] checksummed(byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        boolean v4 = b.getShort(12) == 0x0800;
        int ihl = v4 ? (frame[14] & 15) * 4 : 40, l4 = 14 + ihl;
        int length = v4 ? (b.getShort(16) & 0xFFFF) - ihl : b.getShort(18) & 0xFFFF;
        if (v4) b.putShort(24, (short) 0).putShort(24, (short) fold(sum(frame, 14, ihl)));
        b.putShort(l4 + 16, (short) 0);
        long sum = sum(frame, v4 ? 26 : 22, v4 ? 8 : 32) + 6 + length + sum(frame, l4, length);
        b.putShort(l4 + 16, (short) fold(sum));
        return frame;
    }

    private static long sum(byte[] b, int at, int n) {
        long s = 0;
        for (int i = 0; i < n; i++) s += (b[at + i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
        return s;
    }

    private static int fold(long sum) {
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (int) ~sum & 0xFFFF;
    }

    @Override
    public void close() {
        Sys.closeQuietly(fd);
    }
}
