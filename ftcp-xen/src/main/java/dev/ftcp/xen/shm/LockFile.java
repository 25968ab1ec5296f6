package dev.ftcp.xen.shm;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import java.nio.file.Path;

/**
 * An exclusive lock that ends with its holder. flock(2) and not the JDK's locks: those are per process and file, and end when the process
 * closes <em>any</em> descriptor of the file, such as one that only read it. The file is never removed: a lock on a removed file excludes
 * nobody. One thread.
 */
final class LockFile implements AutoCloseable {
    private static final int O_RDWR = 2, O_CREAT = 0x40, O_CLOEXEC = 0x80000, OWNER_ONLY = 0600;
    private static final int LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    private static final int CLOSED = -1;

    private final Path path;
    private int fd;
    private boolean held;

    LockFile(Path path) {
        this.path = path;
        this.fd = Sys.check(
                LibC.INSTANCE.open(path.toString(), O_RDWR | O_CREAT | O_CLOEXEC, OWNER_ONLY),
                "open lock file " + path);
    }

    /** Whether this object holds the lock afterwards. */
    boolean tryLock() {
        if (held) return true;
        if (LibC.INSTANCE.flock(fd, LOCK_EX | LOCK_NB) == 0) {
            held = true;
            return true;
        }
        SyscallException e = Sys.error("lock " + path);
        if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EINTR) return false;
        throw e;
    }

    boolean held() {
        return held;
    }

    void unlock() {
        if (!held) return;
        held = false;
        Sys.check(LibC.INSTANCE.flock(fd, LOCK_UN), "unlock " + path);
    }

    @Override
    public void close() {
        held = false;
        Sys.closeQuietly(fd);
        fd = CLOSED;
    }
}
