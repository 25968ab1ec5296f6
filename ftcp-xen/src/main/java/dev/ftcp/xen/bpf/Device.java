package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.ffi.Pointer;

/** The interface and the network namespace that the calling thread sees (netdevice(7), namespaces(7)). */
final class Device {
    private static final int AF_INET = 2, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0x80000;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final int IFREQ = 40, HWADDR_FAMILY = 16, ARPHRD_ETHER = 1;

    private Device() {}

    /** The index of an Ethernet interface. The programs read frames from their Ethernet header on. */
    static int index(String device) {
        int index = LibC.INSTANCE.if_nametoindex(device);
        if (index == 0)
            throw new WrapException(
                    "wrap: device = " + device + ": no such network interface in this network namespace", "");
        int fd = Sys.check(LibC.INSTANCE.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
        try {
            Pointer request = Sys.allocate(IFREQ);
            byte[] name = device.getBytes(StandardCharsets.UTF_8);
            request.put(0, name, 0, Math.min(name.length, HWADDR_FAMILY - 1));
            Sys.check(LibC.INSTANCE.ioctl(fd, SIOCGIFHWADDR, request), "read the link type of " + device);
            int type = request.getShort(HWADDR_FAMILY) & 0xFFFF;
            if (type != ARPHRD_ETHER)
                throw new WrapException(
                        "wrap: device = " + device + ": link type " + type + " is not Ethernet; name the interface that"
                                + " carries the VIP to the clients",
                        "");
        } finally {
            Sys.closeQuietly(fd);
        }
        return index;
    }

    /** The inode number that names the network namespace of this thread. */
    static long netns() {
        try {
            String link =
                    Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString(); // net:[4026531840]
            return Long.parseLong(link.substring(link.indexOf('[') + 1, link.length() - 1));
        } catch (IOException e) {
            throw new UncheckedIOException("wrap: /proc is needed to tell network namespaces apart", e);
        }
    }
}
