package dev.ftcp.xen.probe;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Netlink;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.PacketSender;
import dev.ftcp.xen.packet.SocketKiller;
import dev.ftcp.xen.probe.Capabilities.Absent;
import dev.ftcp.xen.tcprepair.RestoreSpec;
import dev.ftcp.xen.tcprepair.TcpRestore;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/** Checks that try the thing itself on the loopback interface and undo it. Nothing leaves the host. */
final class Trials {
    private static final int RTM_NEWQDISC = 36, RTM_DELQDISC = 37, TCA_KIND = 1;
    /** Handle and parent of clsact (linux/pkt_sched.h: TC_H_CLSACT). */
    private static final int CLSACT_HANDLE = 0xFFFF0000, CLSACT_PARENT = 0xFFFFFFF1;

    private static final int SCRATCH_PORT = 9, FIRST_CLIENT_PORT = 1024, CLIENT_PORTS = 64000;

    private Trials() {}

    static String clsact() {
        int loopback = NetInterface.find("lo").index();
        try (Netlink netlink = new Netlink(Netlink.ROUTE)) {
            int errno = qdisc(netlink, RTM_NEWQDISC, Netlink.CREATE | Netlink.EXCLUSIVE, loopback);
            // Somebody uses it already: proof enough, and not ours to delete.
            if (errno == Errno.EEXIST) return "in use on lo";
            if (errno != 0) throw Sys.error("attach clsact to lo", errno);
            qdisc(netlink, RTM_DELQDISC, 0, loopback);
            return "attached to lo and removed";
        }
    }

    static String packetSocket() {
        new PacketSender(NetInterface.find("lo").index(), PacketSender.DAEMON_MARK).close();
        return "opened, mark set";
    }

    static String tcpRepair() {
        TcpRestore restore = new TcpRestore();
        TcpRestore.abandon(restore.restore(scratch()));
        return "a connection was restored and abandoned on lo";
    }

    static String sockDestroy() {
        RestoreSpec spec = scratch();
        int fd = new TcpRestore().restore(spec);
        try {
            SocketKiller.Result r = SocketKiller.destroy(spec.key().vip(), SCRATCH_PORT, spec.key()::equals);
            if (r.destroyed().isEmpty()) throw new Absent("a scratch connection on lo was not destroyed");
            return "a scratch connection on lo was destroyed";
        } finally {
            TcpRestore.abandon(fd);
        }
    }

    private static RestoreSpec scratch() {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        // Two daemons on one host may try at the same time.
        int clientPort = FIRST_CLIENT_PORT + LibC.INSTANCE.getpid() % CLIENT_PORTS;
        FlowKey key = FlowKey.of(loopback, SCRATCH_PORT, loopback, clientPort);
        return new RestoreSpec(key, 1, 1, 65535, 65535, 1460, 7, 7, true, true, 2, 0);
    }

    private static int qdisc(Netlink netlink, int type, int flags, int ifindex) {
        // struct tcmsg: family u8, 3 bytes of padding, interface, handle, parent, info.
        netlink.begin(type, flags)
                .putInt(0)
                .putInt(ifindex)
                .putInt(CLSACT_HANDLE)
                .putInt(CLSACT_PARENT)
                .putInt(0);
        netlink.attribute(TCA_KIND, "clsact\0".getBytes(StandardCharsets.US_ASCII));
        return netlink.acknowledge("clsact on lo");
    }
}
