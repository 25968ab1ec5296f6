package dev.ftcp.xen.packet;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Netlink;
import dev.ftcp.xen.linux.Sys;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Destroys the connections of a service under it (SOCK_DESTROY: net/ipv4/tcp_diag.c, what {@code ss -K} does). The kernel answers each with a RST
 * to the client: to do it silently, close the gate first. The service sees ECONNABORTED. Listeners stay.
 */
public final class SocketKiller {
    /**
     * What became of them.
     *
     * @param destroyed connections that are gone
     * @param survivors connections that the kernel did not destroy
     */
    public record Result(List<FlowKey> destroyed, List<FlowKey> survivors) {
        /** Copies the lists. */
        public Result {
            destroyed = List.copyOf(destroyed);
            survivors = List.copyOf(survivors);
        }
    }

    private SocketKiller() {}

    /** Destroys every connection to the given local address and port in the calling thread's network namespace. */
    public static Result destroy(InetAddress vip, int port) {
        return destroy(vip, port, key -> true);
    }

    /**
     * Destroys the connections that {@code which} accepts.
     *
     * @throws dev.ftcp.xen.linux.SyscallException without CAP_NET_ADMIN; a kernel without CONFIG_INET_DIAG_DESTROY leaves all as survivors
     */
    public static Result destroy(InetAddress vip, int port, Predicate<FlowKey> which) {
        List<FlowKey> destroyed = new ArrayList<>();
        List<FlowKey> survivors = new ArrayList<>();
        try (Netlink netlink = new Netlink(Netlink.SOCK_DIAG)) {
            for (SocketList.Entry e : SocketList.of(netlink, vip, port, SocketList.CONNECTED)) {
                if (!which.test(e.key())) continue;
                SocketList.request(netlink, SocketList.SOCK_DESTROY, e);
                int errno = netlink.acknowledge("destroy " + e.key());
                // Gone between list and order: closed by itself.
                if (errno == 0 || errno == Errno.ENOENT) destroyed.add(e.key());
                else if (errno == Errno.EPERM) throw Sys.error("destroy " + e.key() + " (needs CAP_NET_ADMIN)", errno);
                else survivors.add(e.key());
            }
        }
        return new Result(destroyed, survivors);
    }
}
