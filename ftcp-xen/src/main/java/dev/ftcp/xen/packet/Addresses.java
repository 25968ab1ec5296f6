package dev.ftcp.xen.packet;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Netlink;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/**
 * Puts service addresses onto an interface and takes them away, as /32 or /128 (man 7 rtnetlink). IPv6 without duplicate address
 * detection, which would keep it unusable for a second or more, and deprecated from the start: the longest common prefix would make it
 * the source of whatever the host itself sends (RFC 6724, section 5, rules 3 and 8), which the gate stops and a takeover would break. Of the
 * network namespace of the thread that creates it. Not thread-safe.
 */
public final class Addresses implements AutoCloseable {
    private static final int RTM_NEWADDR = 20, RTM_DELADDR = 21, RTM_GETADDR = 22;
    private static final long READY_NANOS = 1_000_000_000L, PAUSE_NANOS = 50_000;
    private static final int IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_CACHEINFO = 6;
    /** {@code struct ifaddrmsg}: family u8, prefix length u8, flags u8, scope u8, index u32. */
    private static final int BODY_BYTES = 8;

    private static final byte IFA_F_NODAD = 2;

    /** {@code struct ifa_cacheinfo}: preferred, valid, created, updated, u32 each; deprecated and valid for ever. */
    private static final byte[] DEPRECATED = {0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

    private final Netlink netlink = new Netlink(Netlink.ROUTE);

    /**
     * Brings an address up and waits until the kernel takes packets for it: for IPv6 it does the work later, on a queue of its own.
     *
     * @return false if it was up already
     * @throws dev.ftcp.xen.linux.SyscallException if the kernel refuses, or is not ready within a second (is the interface up?)
     */
    public boolean add(int ifindex, InetAddress address) {
        boolean added = request(RTM_NEWADDR, Netlink.CREATE | Netlink.EXCLUSIVE, ifindex, address, Errno.EEXIST, "add");
        long end = Sys.clockNanos(Sys.CLOCK_MONOTONIC) + READY_NANOS;
        while (Route.to(netlink, address).type() != Route.LOCAL) {
            if (Sys.clockNanos(Sys.CLOCK_MONOTONIC) - end > 0)
                throw Sys.error("wait for address " + address.getHostAddress(), Errno.EADDRNOTAVAIL);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return added;
    }

    /**
     * Takes an address down.
     *
     * @return false if it was not up
     */
    public boolean remove(int ifindex, InetAddress address) {
        return request(RTM_DELADDR, 0, ifindex, address, Errno.EADDRNOTAVAIL, "remove");
    }

    /** Whether the interface has the address, with whatever prefix length. */
    public boolean holds(int ifindex, InetAddress address) {
        ByteBuffer wanted = ByteBuffer.wrap(address.getAddress());
        int attribute = address instanceof Inet4Address ? IFA_LOCAL : IFA_ADDRESS;
        boolean[] found = {false};
        body(RTM_GETADDR, 0, 0, address);
        netlink.dump(
                (type, body) -> {
                    if (type == RTM_NEWADDR && body.remaining() >= BODY_BYTES && body.getInt(4) == ifindex)
                        found[0] |= wanted.equals(Netlink.attribute(body, BODY_BYTES, attribute));
                },
                "list addresses");
        return found[0];
    }

    @Override
    public void close() {
        netlink.close();
    }

    private boolean request(int type, int flags, int ifindex, InetAddress address, int already, String verb) {
        body(type, flags, ifindex, address);
        netlink.attribute(IFA_LOCAL, address.getAddress());
        netlink.attribute(IFA_ADDRESS, address.getAddress());
        if (!(address instanceof Inet4Address)) netlink.attribute(IFA_CACHEINFO, DEPRECATED);
        String what = verb + " address " + address.getHostAddress() + " on interface " + ifindex;
        int errno = netlink.acknowledge(what);
        if (errno != 0 && errno != already) throw Sys.error(what, errno);
        return errno == 0;
    }

    private void body(int type, int flags, int ifindex, InetAddress address) {
        boolean v4 = address instanceof Inet4Address;
        netlink.begin(type, flags)
                .put((byte) (v4 ? SockOpt.AF_INET : SockOpt.AF_INET6))
                .put((byte) (v4 ? 32 : 128))
                .put(v4 ? 0 : IFA_F_NODAD)
                .put((byte) 0)
                .putInt(ifindex);
    }
}
