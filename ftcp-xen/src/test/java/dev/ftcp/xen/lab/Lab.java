package dev.ftcp.xen.lab;

import dev.ftcp.xen.packet.Addresses;
import dev.ftcp.xen.packet.NetInterface;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Assumptions;

/** A client, two hosts and a bridge between them, each in a namespace of its own; every interface is called eth0. */
public final class Lab implements AutoCloseable {
    public static final InetAddress VIP4 = ip("10.77.9.100"), VIP6 = ip("fd77:9::100");
    public static final InetAddress CLIENT4 = ip("10.77.9.1"), CLIENT6 = ip("fd77:9::1");
    public final Netns client, a, b;
    private final Netns bridge;

    public Lab(String prefix) {
        Assumptions.assumeTrue(new com.sun.security.auth.module.UnixSystem().getUid() == 0, "needs root");
        String p = prefix + ProcessHandle.current().pid();
        bridge = new Netns(p + "w");
        client = new Netns(p + "c");
        a = new Netns(p + "a");
        b = new Netns(p + "b");
        bridge.run("ip link add br0 up type bridge forward_delay 0 mcast_snooping 0");
        int number = 1;
        for (Netns n : new Netns[] {client, a, b}) {
            String port = "p" + number;
            Shell.run("ip -n " + n.name() + " link add eth0 type veth peer name " + port + " netns " + bridge.name());
            bridge.run("ip link set " + port + " up master br0");
            n.sysctl("net.ipv6.conf.all.accept_dad", 0);
            n.sysctl("net.ipv6.conf.default.accept_dad", 0);
            n.sysctl("net.ipv6.conf.eth0.accept_dad", 0);
            n.run("ip link set lo up");
            n.run("ip link set eth0 up");
            n.run("ip addr add 10.77.9." + number + "/24 dev eth0");
            n.run("ip addr add fd77:9::" + number + "/64 dev eth0 nodad");
            number++;
        }
    }

    public static NetInterface eth0(Netns ns) {
        return ns.call(() -> NetInterface.find("eth0"));
    }

    public static boolean up(Netns ns, InetAddress address) {
        return ns.call(() -> {
            try (Addresses addresses = new Addresses()) {
                return addresses.add(NetInterface.find("eth0").index(), address);
            }
        });
    }

    public static boolean down(Netns ns, InetAddress address) {
        return ns.call(() -> {
            try (Addresses addresses = new Addresses()) {
                return addresses.remove(NetInterface.find("eth0").index(), address);
            }
        });
    }

    public static InetAddress ip(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    @Override
    public void close() {
        for (Netns n : new Netns[] {client, a, b, bridge}) n.close();
    }
}
