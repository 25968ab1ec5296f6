package dev.ftcp.xen.linux;

import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/** Sends datagrams to one Unix socket (man 7 unix), as the service manager's. Never blocks. One thread at a time. */
public final class UnixDatagram implements AutoCloseable {
    private static final int AF_UNIX = 1, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
    /** struct sockaddr_un: family(2), path(108). */
    private static final int PATH = 2, MAX_PATH = 107;

    private final Pointer address;
    private final int addressLength;
    private final int fd;

    /**
     * A sender to a path, or to a name in the abstract namespace if it begins with {@code @}; nobody need be there yet.
     *
     * @throws IllegalArgumentException if {@link #isAddress} says no
     */
    public UnixDatagram(String target) {
        if (!isAddress(target)) throw new IllegalArgumentException("not the address of a Unix socket: " + target);
        byte[] path = target.getBytes(StandardCharsets.UTF_8);
        address = Sys.allocate(PATH + MAX_PATH + 1);
        address.putShort(0, (short) AF_UNIX);
        address.put(PATH, path, 0, path.length);
        if (path[0] == '@') address.putByte(PATH, (byte) 0);
        addressLength = PATH + path.length;
        fd = Sys.check(LibC.INSTANCE.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    }

    /** Whether a socket's address can be this: an absolute path or {@code @name}, at most 107 bytes long. */
    public static boolean isAddress(String target) {
        int length = target.getBytes(StandardCharsets.UTF_8).length;
        return length > 1 && length <= MAX_PATH && (target.charAt(0) == '/' || target.charAt(0) == '@');
    }

    /** Sends one datagram; false if the receiver is not there or does not keep up. */
    public boolean send(byte[] bytes) {
        Pointer buffer = Sys.allocate(Math.max(1, bytes.length));
        buffer.put(0, bytes, 0, bytes.length);
        int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
        return LibC.INSTANCE.sendto(fd, buffer, bytes.length, flags, address, addressLength) == bytes.length;
    }

    @Override
    public void close() {
        Sys.closeQuietly(fd);
    }
}
