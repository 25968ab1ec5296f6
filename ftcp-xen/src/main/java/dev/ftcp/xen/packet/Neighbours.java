package dev.ftcp.xen.packet;

import dev.ftcp.xen.linux.Netlink;
import dev.ftcp.xen.linux.SockOpt;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells this kernel where clients are on the network, so that a connection that is new to it can speak without asking first: the question, or
 * its answer, may be lost, and is repeated after a second only (net/core/neighbour.c, RETRANS_TIME). What the kernel knows better stays
 * (RTM_NEWNEIGH without NLM_F_REPLACE), and what it is told is verified like all that it has not heard for a while (NUD_STALE). Of the network namespace
 * of the thread that creates it. Not thread-safe.
 *
 * <pre>
 *   struct ndmsg   0 family u8  4 interface s32  8 state u16  10 flags u8  11 type u8                             12
 * </pre>
 */
public final class Neighbours implements AutoCloseable {
    /** As many as the kernel's table takes without being swept (man 7 arp, gc_thresh2). */
    static final int MOST = 512;

    private static final int RTM_NEWNEIGH = 28, NDA_DST = 1, NDA_LLADDR = 2, MAC_BYTES = 6;
    private static final short NUD_STALE = 4;

    private final int ifindex;
    private final Netlink netlink = new Netlink(Netlink.ROUTE);
    private final Set<InetAddress> told = new HashSet<>();

    /** @param ifindex the interface that clients are behind */
    public Neighbours(int ifindex) {
        this.ifindex = ifindex;
    }

    /** The kernel may have forgotten what it was told until now. */
    public void begin() {
        told.clear();
    }

    /**
     * Tells of one client, unless it is behind a router, was told since {@link #begin}, or comes after the first {@value #MOST}. What the kernel
     * refuses it asks the client for.
     *
     * @param mac Ethernet address that its frames come from
     */
    public void tell(InetAddress client, long mac) {
        if (told.size() >= MOST || !told.add(client) || !isOnLink(client)) return;
        boolean v4 = client instanceof Inet4Address;
        netlink.begin(RTM_NEWNEIGH, Netlink.CREATE)
                .putInt(v4 ? SockOpt.AF_INET : SockOpt.AF_INET6)
                .putInt(ifindex)
                .putShort(NUD_STALE)
                .putShort((short) 0);
        netlink.attribute(NDA_DST, client.getAddress());
        ByteBuffer lladdr = ByteBuffer.allocate(MAC_BYTES);
        Wire.put48(lladdr, 0, mac);
        netlink.attribute(NDA_LLADDR, lladdr.array());
        netlink.acknowledge("tell where " + client.getHostAddress() + " is");
    }

    private boolean isOnLink(InetAddress client) {
        Route route = Route.to(netlink, client);
        return route.type() == Route.UNICAST && route.direct() && route.ifindex() == ifindex;
    }

    @Override
    public void close() {
        netlink.close();
    }
}
