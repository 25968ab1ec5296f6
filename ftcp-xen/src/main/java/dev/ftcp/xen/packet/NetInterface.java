package dev.ftcp.xen.packet;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/**
 * A network interface of the calling thread's network namespace.
 *
 * @param name as {@code ip link} shows it
 * @param index kernel's index, positive
 * @param mac Ethernet address
 * @param mtu bytes of the largest IP packet
 * @param up whether it is administratively up
 */
public record NetInterface(String name, int index, long mac, int mtu, boolean up) {
    /** {@code struct ifreq}: 16 bytes of name, then a union (linux/if.h, linux/sockios.h). */
    private static final int IFREQ_BYTES = 40, IFREQ_NAME = 16, IFREQ_HWADDR_DATA = 18;

    private static final int SIOCGIFFLAGS = 0x8913, SIOCGIFMTU = 0x8921, SIOCGIFHWADDR = 0x8927, SIOCGIFINDEX = 0x8933;
    private static final int IFF_UP = 1;

    /**
     * Looks an interface up.
     *
     * @throws dev.ftcp.xen.linux.SyscallException if there is none of that name
     */
    public static NetInterface find(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= IFREQ_NAME)
            throw new IllegalArgumentException("interface name '" + name + "' is not 1 to 15 bytes long");
        int fd = Sys.check(
                LibC.INSTANCE.socket(SockOpt.AF_INET, 2 | SockOpt.SOCK_CLOEXEC, 0), "socket for interface " + name);
        try {
            Pointer request = Sys.allocate(IFREQ_BYTES);
            request.put(0, bytes, 0, bytes.length);
            ByteBuffer b = Sys.buffer(request, IFREQ_BYTES);
            int index = query(fd, SIOCGIFINDEX, request, name).getInt(IFREQ_NAME);
            query(fd, SIOCGIFHWADDR, request, name);
            long mac = Wire.u48(b, IFREQ_HWADDR_DATA);
            int mtu = query(fd, SIOCGIFMTU, request, name).getInt(IFREQ_NAME);
            int flags = query(fd, SIOCGIFFLAGS, request, name).getShort(IFREQ_NAME);
            return new NetInterface(name, index, mac, mtu, (flags & IFF_UP) != 0);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    private static Pointer query(int fd, int what, Pointer request, String name) {
        Sys.check(LibC.INSTANCE.ioctl(fd, what, request), "interface '" + name + "'");
        return request;
    }
}
