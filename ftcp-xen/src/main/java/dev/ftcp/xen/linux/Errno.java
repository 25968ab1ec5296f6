package dev.ftcp.xen.linux;

/** The errno values that ftcp tells apart (asm-generic/errno.h; the same on x86_64 and aarch64). */
public final class Errno {
    public static final int EPERM = 1,
            ENOENT = 2,
            ESRCH = 3,
            EINTR = 4,
            EIO = 5,
            EAGAIN = 11,
            ENOMEM = 12,
            EACCES = 13,
            EEXIST = 17;
    public static final int EINVAL = 22, ENOSPC = 28, EPIPE = 32, EADDRINUSE = 98, EADDRNOTAVAIL = 99, ENETDOWN = 100;
    public static final int ENOBUFS = 105,
            ECONNRESET = 104,
            ENOTCONN = 107,
            EOPNOTSUPP = 95,
            EMSGSIZE = 90,
            ECONNREFUSED = 111,
            EINPROGRESS = 115;

    private Errno() {}
}
