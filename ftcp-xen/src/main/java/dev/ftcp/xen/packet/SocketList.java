package dev.ftcp.xen.packet;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.Netlink;
import dev.ftcp.xen.linux.SockOpt;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The TCP sockets of a service in the calling thread's network namespace, as sock_diag shows them (man 7 sock_diag). Used to find
 * connections that are older than ftcp, and by {@link SocketKiller}.
 *
 * <pre>
 *   struct inet_diag_req_v2   0 family  1 protocol  2 ext  3 pad  4 states u32  8 sockid                        56
 *   struct inet_diag_msg      0 family  1 state  2 timer  3 retrans  4 sockid  52 expires rqueue wqueue uid inode  72
 *   struct inet_diag_sockid   0 sport  2 dport  4 src[16]  20 dst[16]  36 interface  40 cookie u64               48
 * </pre>
 */
public final class SocketList {
    /** States (net/tcp_states.h) as bits of a set. */
    public static final int ESTABLISHED = 1 << 1, LISTEN = 1 << 10;

    /** Every state but LISTEN, TIME_WAIT and CLOSE. */
    public static final int CONNECTED = (0xFFF & ~(1 | 1 << 6 | 1 << 7 | LISTEN)) | 1 << 12;

    /** Those of {@link #CONNECTED} that are not only being opened. */
    public static final int OPENED = CONNECTED & ~(1 << 2 | 1 << 3 | 1 << 12);

    static final int SOCK_DIAG_BY_FAMILY = 20, SOCK_DESTROY = 21;
    /** INET_DIAG_NOCOOKIE, twice. */
    private static final long ANY_COOKIE = -1;

    private static final int MSG_BYTES = 72, MSG_ID = 4, MSG_UID = 64, MSG_INODE = 68;
    private static final int ID_SPORT = 0, ID_DPORT = 2, ID_SRC = 4, ID_DST = 20, ID_INTERFACE = 36, ID_COOKIE = 40;

    /**
     * One socket.
     *
     * @param key local address and port as the service side
     * @param state TCP state, 1 = ESTABLISHED (net/tcp_states.h)
     * @param uid user that owns it
     * @param inode its inode, 0 if no process holds it any more
     * @param family AF_INET or AF_INET6; an IPv4 connection of a dual-stack socket is AF_INET6
     * @param boundInterface interface it is bound to, 0 for none
     * @param cookie kernel's identity of the socket
     */
    public record Entry(FlowKey key, int state, int uid, long inode, int family, int boundInterface, long cookie) {}

    private SocketList() {}

    /**
     * Lists sockets whose local end is the given address and port.
     *
     * @param states set of states, as {@link #ESTABLISHED} or {@link #CONNECTED}
     */
    public static List<Entry> of(InetAddress vip, int port, int states) {
        try (Netlink netlink = new Netlink(Netlink.SOCK_DIAG)) {
            return of(netlink, vip, port, states);
        }
    }

    /** Whether this kernel has a socket of the connection, one that is only being opened included; not in TIME_WAIT. Any thread. */
    public static boolean has(FlowKey key) {
        boolean[] found = {false};
        int family = key.isIpv4() ? SockOpt.AF_INET : SockOpt.AF_INET6;
        try (Netlink netlink = new Netlink(Netlink.SOCK_DIAG)) {
            request(netlink, SOCK_DIAG_BY_FAMILY, new Entry(key, 0, 0, 0, family, 0, ANY_COOKIE));
            // For want of a connection the kernel finds the listener.
            netlink.acknowledge((type, body) -> found[0] = (1 << Wire.u8(body, 1) & CONNECTED) != 0, "find " + key);
        }
        return found[0];
    }

    static List<Entry> of(Netlink netlink, InetAddress vip, int port, int states) {
        ByteBuffer wanted = ByteBuffer.wrap(FlowKey.mapped(vip));
        List<Entry> entries = new ArrayList<>();
        for (int family : new int[] {SockOpt.AF_INET, SockOpt.AF_INET6}) {
            ByteBuffer request = netlink.begin(SOCK_DIAG_BY_FAMILY, 0);
            request.put((byte) family)
                    .put((byte) SockOpt.SOL_TCP)
                    .putShort((short) 0)
                    .putInt(states);
            int id = request.position();
            for (int i = 0; i < 6; i++) request.putLong(0);
            // The kernel itself compares ports; addresses are left to us.
            Wire.put16(request, id + ID_SPORT, port);
            netlink.dump((type, body) -> entry(type, body, wanted, port, entries), "list TCP sockets");
        }
        return entries;
    }

    /** Writes the request that names exactly this socket. */
    static void request(Netlink netlink, int type, Entry e) {
        ByteBuffer b = netlink.begin(type, 0);
        b.put((byte) e.family).put((byte) SockOpt.SOL_TCP).putShort((short) 0).putInt(-1);
        int id = b.position();
        for (int i = 0; i < 6; i++) b.putLong(0);
        Wire.put16(b, id + ID_SPORT, e.key.vipPort());
        Wire.put16(b, id + ID_DPORT, e.key.clientPort());
        if (e.family == SockOpt.AF_INET) {
            Wire.put32(b, id + ID_SRC, (int) e.key.vipLo());
            Wire.put32(b, id + ID_DST, (int) e.key.clientLo());
        } else {
            Wire.put64(b, id + ID_SRC, e.key.vipHi());
            Wire.put64(b, id + ID_SRC + 8, e.key.vipLo());
            Wire.put64(b, id + ID_DST, e.key.clientHi());
            Wire.put64(b, id + ID_DST + 8, e.key.clientLo());
        }
        b.putInt(id + ID_INTERFACE, e.boundInterface).putLong(id + ID_COOKIE, e.cookie);
    }

    private static void entry(int type, ByteBuffer b, ByteBuffer vip, int port, List<Entry> to) {
        if (type != SOCK_DIAG_BY_FAMILY || b.limit() < MSG_BYTES) return;
        int family = Wire.u8(b, 0);
        int src = MSG_ID + ID_SRC;
        int dst = MSG_ID + ID_DST;
        boolean v4 = family == SockOpt.AF_INET;
        FlowKey key = new FlowKey(
                v4 ? 0 : Wire.u64(b, src),
                v4 ? mapped(b, src) : Wire.u64(b, src + 8),
                v4 ? 0 : Wire.u64(b, dst),
                v4 ? mapped(b, dst) : Wire.u64(b, dst + 8),
                Wire.u16(b, MSG_ID + ID_SPORT),
                Wire.u16(b, MSG_ID + ID_DPORT));
        if (key.vipPort() != port || key.vipHi() != vip.getLong(0) || key.vipLo() != vip.getLong(8)) return;
        to.add(new Entry(
                key,
                Wire.u8(b, 1),
                b.getInt(MSG_UID),
                b.getInt(MSG_INODE) & 0xFFFFFFFFL,
                family,
                b.getInt(MSG_ID + ID_INTERFACE),
                b.getLong(MSG_ID + ID_COOKIE)));
    }

    private static long mapped(ByteBuffer b, int index) {
        return Wire.V4_MAPPED | (Wire.u32(b, index) & 0xFFFFFFFFL);
    }
}
