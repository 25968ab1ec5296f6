package dev.ftcp.xen.linux;

import jnr.ffi.Pointer;

/** Socket constants and integer options (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h). Thread-safe. */
public final class SockOpt {
    /** Address families (linux/socket.h). */
    public static final int AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, AF_PACKET = 17;

    /** Socket types, and the flags that may be added to them. */
    public static final int SOCK_STREAM = 1, SOCK_RAW = 3, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;

    /** Option levels. */
    public static final int SOL_IP = 0, SOL_SOCKET = 1, SOL_TCP = 6, SOL_IPV6 = 41, SOL_PACKET = 263;

    public static final int SO_REUSEADDR = 2,
            SO_ATTACH_FILTER = 26,
            SO_SNDBUFFORCE = 32,
            SO_RCVBUFFORCE = 33,
            SO_MARK = 36,
            SO_BUF_LOCK = 72;
    public static final int IP_TRANSPARENT = 19, IPV6_TRANSPARENT = 75;
    public static final int MSG_DONTWAIT = 0x40, MSG_TRUNC = 0x20;

    private static final ThreadLocal<Pointer> VALUE = ThreadLocal.withInitial(() -> Sys.allocate(8));

    private SockOpt() {}

    /** {@code setsockopt} of an int; returns the call's result, for callers that have more to say about an error. */
    public static int trySet(int fd, int level, int name, int value) {
        Pointer v = VALUE.get();
        v.putInt(0, value);
        return LibC.INSTANCE.setsockopt(fd, level, name, v, 4);
    }

    /** {@code setsockopt} of an int. */
    public static void set(int fd, int level, int name, int value, String what) {
        Sys.check(trySet(fd, level, name, value), what);
    }

    /** {@code getsockopt} of an int. */
    public static int get(int fd, int level, int name, String what) {
        Pointer v = VALUE.get();
        v.putInt(4, 4);
        Sys.check(LibC.INSTANCE.getsockopt(fd, level, name, v, v.slice(4, 4)), what);
        return v.getInt(0);
    }
}
