package dev.ftcp.xen.packet;

import dev.ftcp.xen.linux.Netlink;
import dev.ftcp.xen.linux.SockOpt;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Where this host sends a packet (man 7 rtnetlink, RTM_GETROUTE).
 *
 * <pre>
 *   struct rtmsg   0 family u8  1 destination's prefix length u8  7 type u8    12
 * </pre>
 *
 * @param type {@link #UNICAST}, {@link #LOCAL} or another (linux/rtnetlink.h), 0 if there is no route
 * @param ifindex the interface that it leaves by
 * @param direct whether it needs no router
 */
record Route(int type, int ifindex, boolean direct) {
    static final int UNICAST = 1, LOCAL = 2;
    private static final int RTM_NEWROUTE = 24, RTM_GETROUTE = 26, RTMSG_BYTES = 12, RTM_TYPE = 7;
    private static final int RTA_DST = 1, RTA_OIF = 4, RTA_GATEWAY = 5, RTA_VIA = 18;

    static Route to(Netlink netlink, InetAddress address) {
        boolean v4 = address instanceof Inet4Address;
        Route[] found = {new Route(0, 0, false)};
        netlink.begin(RTM_GETROUTE, 0)
                .put((byte) (v4 ? SockOpt.AF_INET : SockOpt.AF_INET6))
                .put((byte) (v4 ? 32 : 128))
                .putShort((short) 0)
                .putLong(0);
        netlink.attribute(RTA_DST, address.getAddress());
        netlink.acknowledge(
                (type, body) -> {
                    if (type == RTM_NEWROUTE && body.limit() >= RTMSG_BYTES) found[0] = read(body);
                },
                "look up the route to " + address.getHostAddress());
        return found[0];
    }

    private static Route read(ByteBuffer body) {
        ByteBuffer out = Netlink.attribute(body, RTMSG_BYTES, RTA_OIF);
        boolean routed = Netlink.attribute(body, RTMSG_BYTES, RTA_GATEWAY) != null
                || Netlink.attribute(body, RTMSG_BYTES, RTA_VIA) != null;
        return new Route(body.get(RTM_TYPE), out == null ? 0 : out.getInt(0), !routed);
    }
}
