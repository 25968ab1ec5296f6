package dev.ftcp.xen.tcprepair;

import static dev.ftcp.xen.linux.SockOpt.*;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Re-creates established TCP connections in this kernel (TCP_REPAIR: net/ipv4/tcp.c, include/uapi/linux/tcp.h). Nothing leaves the
 * host before {@link #resume} if nothing comes in, and the service address need not be up. Order of use: {@link #restore} every connection, bring the
 * address up, {@link #resume}. Works beside a listener on the same port.
 *
 * <p>Needs CAP_NET_ADMIN. Allocates nothing per connection. Not thread-safe: one instance per thread.
 *
 * <p>A restored connection starts with the route's initial congestion window and sends at once: no round trip is needed before its
 * first data. What cannot be restored: the client's newest TSval, so TSecr is 0 until its first segment arrives.
 */
public final class TcpRestore {
    /** linux/tcp.h. */
    private static final int TCP_NODELAY = 1,
            TCP_MAXSEG = 2,
            TCP_QUICKACK = 12,
            TCP_REPAIR = 19,
            TCP_REPAIR_QUEUE = 20,
            TCP_QUEUE_SEQ = 21,
            TCP_REPAIR_OPTIONS = 22,
            TCP_TIMESTAMP = 24,
            TCP_REPAIR_WINDOW = 29;

    private static final int SHUT_WR = 1;

    private static final int REPAIR_ON = 1;
    /** Off without a window probe: the probe would carry an old sequence number for no use. */
    private static final int REPAIR_OFF_NO_PROBE = -1;

    private static final int RECV_QUEUE = 1, SEND_QUEUE = 2;

    /** {@code struct tcp_repair_opt}: u32 code, u32 value. */
    private static final int OPTION_BYTES = 8, OPT_MSS = 2, OPT_WINDOW = 3, OPT_SACK = 4, OPT_TIMESTAMP = 8;

    private static final int MAX_OPTIONS = 4;

    /** What TCP_MAXSEG takes (TCP_MIN_MSS, MAX_TCP_WINDOW). */
    private static final int MIN_SEGMENT = 88, MAX_SEGMENT = 32767;

    /** {@code struct tcp_repair_window}: five u32. */
    private static final int SND_WL1 = 0, SND_WND = 4, MAX_WINDOW = 8, RCV_WND = 12, RCV_WUP = 16, WINDOW_BYTES = 20;

    /** {@code struct sockaddr_in} and {@code sockaddr_in6}: family, port, (flow), address. */
    private static final int SIN_BYTES = 16, SIN_ADDR = 4, SIN6_BYTES = 28, SIN6_ADDR = 8;

    /** fe80::/10 (RFC 4291, section 2.5.6). */
    private static final long LINK_LOCAL_10 = 0xFE80 >>> 6;

    /** From Linux 6.7 the lowest bit of TCP_TIMESTAMP switches to microseconds: a millisecond clock must be even. */
    private static final int USEC_BIT = 1;

    private final LibC libc = LibC.INSTANCE;
    private final int linkLocalScope;
    private final Pointer address = Sys.allocate(SIN6_BYTES);
    private final Pointer options = Sys.allocate(MAX_OPTIONS * OPTION_BYTES);
    private final Pointer window = Sys.allocate(WINDOW_BYTES);
    private final Pointer length = Sys.allocate(4);
    private final Pointer value = Sys.allocate(4);
    private final ByteBuffer addressBytes = Sys.buffer(address, SIN6_BYTES);

    /** For clients with addresses that need no interface to be told. */
    public TcpRestore() {
        this(0);
    }

    /** @param linkLocalScope index of the interface that clients with an IPv6 link-local address are behind (RFC 4007, section 6) */
    public TcpRestore(int linkLocalScope) {
        this.linkLocalScope = linkLocalScope;
    }

    /**
     * Creates the connection, still in repair mode: silent by itself. But it answers what comes from the client, and before it has all its options, with a
     * wrong timestamp, window and scale; a timestamp that is too new makes the client drop everything that follows (PAWS). The caller keeps the client's
     * segments away until {@link #resume} has returned.
     *
     * @return a non-blocking, close-on-exec descriptor that the caller owns, to be given to {@link #resume} or {@link #abandon}
     * @throws dev.ftcp.xen.linux.SyscallException naming the step that failed and the connection; nothing is left open
     */
    public int restore(RestoreSpec spec) {
        boolean v4 = spec.key().isIpv4();
        int fd = libc.socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) throw Sys.error("restore " + spec.key() + ": socket");
        boolean done = false;
        try {
            build(fd, spec, v4);
            done = true;
            return fd;
        } finally {
            if (!done) Sys.closeQuietly(fd);
        }
    }

    /**
     * The service's FIN has been sent already, and the client has taken it: the restored connection goes on after it, in FIN_WAIT_1 until
     * it hears so. To be called before {@link #resume}; {@code sndNxt} was the FIN's own sequence number. Nothing is sent: in repair mode
     * what is queued counts as sent.
     *
     * @throws dev.ftcp.xen.linux.SyscallException if the kernel refuses; the descriptor stays the caller's
     */
    public void finSent(int fd) {
        // restore() leaves the send queue selected, which is what makes the FIN count as sent.
        Sys.check(libc.shutdown(fd, SHUT_WR), "restore a FIN");
    }

    /**
     * Lets the connection speak: data written from now on leaves at once.
     *
     * @throws dev.ftcp.xen.linux.SyscallException if the kernel refuses; the descriptor stays the caller's
     */
    public void resume(int fd) {
        // Repair mode ends with SK_NO_REUSE, which would keep a restarted service from binding its port.
        SockOpt.set(fd, SOL_TCP, TCP_REPAIR, REPAIR_OFF_NO_PROBE, "end repair mode");
        SockOpt.set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR of a restored connection");
        SockOpt.set(fd, SOL_TCP, TCP_NODELAY, 1, "TCP_NODELAY of a restored connection");
    }

    /**
     * The TSval that the connection would send now: for raw segments beside it. One that is older than what the client has seen is
     * dropped (PAWS, RFC 7323, section 5), one that is newer makes the client drop what the socket itself sends.
     */
    public int timestamp(int fd) {
        length.putInt(0, 4);
        Sys.check(libc.getsockopt(fd, SOL_TCP, TCP_TIMESTAMP, value, length), "get TCP_TIMESTAMP");
        return value.getInt(0) & ~USEC_BIT;
    }

    /**
     * Sends a delayed acknowledgement now, if one waits. While a client resends what it had in flight its window is a segment or two, and
     * every delayed acknowledgement costs 40 ms: call this every few milliseconds until it has caught up.
     */
    public static void acknowledgeNow(int fd) {
        SockOpt.trySet(fd, SOL_TCP, TCP_QUICKACK, 1);
    }

    /** Closes any TCP connection, restored or not, resumed or not, without a word to its peer. */
    public static void abandon(int fd) {
        SockOpt.trySet(fd, SOL_TCP, TCP_REPAIR, REPAIR_ON);
        Sys.closeQuietly(fd);
    }

    /**
     * Runs the whole sequence some times against the loopback address and forgets the results: code paths are compiled and caches
     * warm before the first real takeover. Nothing is sent.
     *
     * @return nanoseconds of the last one
     */
    public long rehearse(int times) {
        InetAddress loopback;
        try {
            loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (UnknownHostException e) {
            throw new AssertionError("4 bytes are always an address", e);
        }
        FlowKey key = FlowKey.of(loopback, 1, loopback, 2);
        RestoreSpec spec = new RestoreSpec(key, 1, 1, 65535, 65535, 1460, 7, 7, true, true, 2, 0);
        long last = 0;
        for (int i = 0; i < times; i++) {
            long begin = Sys.clockNanos(Sys.CLOCK_MONOTONIC);
            int fd = restore(spec);
            abandon(fd);
            last = Sys.clockNanos(Sys.CLOCK_MONOTONIC) - begin;
        }
        return last;
    }

    private void build(int fd, RestoreSpec s, boolean v4) {
        // Repair mode forces reuse of the port: SO_REUSEADDR here would undo it, and bind would collide with a
        // listener.
        set(fd, SOL_TCP, TCP_REPAIR, REPAIR_ON, "enter repair mode (needs CAP_NET_ADMIN)", s);
        // The address is not up yet: without this neither bind nor the route lookup of connect accepts it.
        if (v4) set(fd, SOL_IP, IP_TRANSPARENT, 1, "IP_TRANSPARENT", s);
        else set(fd, SOL_IPV6, IPV6_TRANSPARENT, 1, "IPV6_TRANSPARENT", s);
        receiveBuffer(fd, s);
        if (s.sendBuffer() > 0) set(fd, SOL_SOCKET, SO_SNDBUFFORCE, s.sendBuffer() / 2, "SO_SNDBUFFORCE", s);
        FlowKey key = s.key();
        int size = address(v4, key.vipHi(), key.vipLo(), key.vipPort());
        ok(libc.bind(fd, address, size), "bind to the service address", s);
        set(fd, SOL_TCP, TCP_REPAIR_QUEUE, RECV_QUEUE, "select the receive queue", s);
        set(fd, SOL_TCP, TCP_QUEUE_SEQ, s.rcvNxt(), "set rcv_nxt", s);
        set(fd, SOL_TCP, TCP_REPAIR_QUEUE, SEND_QUEUE, "select the send queue", s);
        set(fd, SOL_TCP, TCP_QUEUE_SEQ, s.sndNxt(), "set snd_nxt", s);
        // Connect computes the size of segments; what TCP_REPAIR_OPTIONS says later counts when it is computed anew.
        int segment = Math.max(MIN_SEGMENT, Math.min(s.mss(), MAX_SEGMENT));
        set(fd, SOL_TCP, TCP_MAXSEG, segment, "TCP_MAXSEG", s);
        // In repair mode connect sends nothing and goes straight to ESTABLISHED.
        size = address(v4, key.clientHi(), key.clientLo(), key.clientPort());
        ok(libc.connect(fd, address, size), "connect (is there a route to the client?)", s);
        options(fd, s);
        if (s.timestamps()) {
            int even = s.tsval() + USEC_BIT & ~USEC_BIT;
            set(fd, SOL_TCP, TCP_TIMESTAMP, even, "TCP_TIMESTAMP", s);
        }
        windows(fd, s);
    }

    /** Room for all that the window lets the client send; from there on it is tuned as ever. The kernel doubles the value: half is for its own use. */
    private void receiveBuffer(int fd, RestoreSpec s) {
        set(fd, SOL_SOCKET, SO_RCVBUFFORCE, s.rcvWnd(), "SO_RCVBUFFORCE", s);
        set(fd, SOL_SOCKET, SO_BUF_LOCK, 0, "SO_BUF_LOCK", s);
    }

    private void options(int fd, RestoreSpec s) {
        int n = option(0, OPT_MSS, s.mss());
        // Always given: connect chose a scale of its own, which has to become 0 when there is none.
        n = option(n, OPT_WINDOW, Math.max(s.sndWindowScale(), 0) | Math.max(s.rcvWindowScale(), 0) << 16);
        if (s.sack()) n = option(n, OPT_SACK, 0);
        if (s.timestamps()) n = option(n, OPT_TIMESTAMP, 0);
        ok(libc.setsockopt(fd, SOL_TCP, TCP_REPAIR_OPTIONS, options, n * OPTION_BYTES), "TCP_REPAIR_OPTIONS", s);
    }

    private int option(int n, int code, int val) {
        options.putInt((long) n * OPTION_BYTES, code);
        options.putInt((long) n * OPTION_BYTES + 4, val);
        return n + 1;
    }

    private void windows(int fd, RestoreSpec s) {
        length.putInt(0, WINDOW_BYTES);
        ok(libc.getsockopt(fd, SOL_TCP, TCP_REPAIR_WINDOW, window, length), "get TCP_REPAIR_WINDOW", s);
        // One byte less: with the first window larger than the largest so far, the kernel computes the size of
        // segments anew, not larger than half a small window.
        int sndWnd = Math.max(s.sndWnd() - 1, 0);
        window.putInt(SND_WL1, s.rcvNxt());
        window.putInt(SND_WND, sndWnd);
        window.putInt(MAX_WINDOW, Math.max(sndWnd, window.getInt(MAX_WINDOW)));
        window.putInt(RCV_WUP, s.rcvNxt());
        window.putInt(RCV_WND, Math.max(s.rcvWnd(), window.getInt(RCV_WND)));
        ok(libc.setsockopt(fd, SOL_TCP, TCP_REPAIR_WINDOW, window, WINDOW_BYTES), "set TCP_REPAIR_WINDOW", s);
    }

    private int address(boolean v4, long hi, long lo, int port) {
        addressBytes.putShort(0, (short) (v4 ? AF_INET : AF_INET6));
        addressBytes.putShort(2, Short.reverseBytes((short) port));
        if (v4) {
            addressBytes.putInt(SIN_ADDR, Integer.reverseBytes((int) lo));
            addressBytes.putLong(SIN_ADDR + 4, 0);
            return SIN_BYTES;
        }
        addressBytes.putInt(4, 0);
        addressBytes.putLong(SIN6_ADDR, Long.reverseBytes(hi));
        addressBytes.putLong(SIN6_ADDR + 8, Long.reverseBytes(lo));
        boolean linkLocal = hi >>> 54 == LINK_LOCAL_10;
        addressBytes.putInt(SIN6_ADDR + 16, linkLocal ? linkLocalScope : 0);
        return SIN6_BYTES;
    }

    private void set(int fd, int level, int name, int v, String step, RestoreSpec s) {
        value.putInt(0, v);
        ok(libc.setsockopt(fd, level, name, value, 4), step, s);
    }

    private static void ok(int result, String step, RestoreSpec s) {
        if (result < 0) throw Sys.error("restore " + s.key() + ": " + step);
    }
}
