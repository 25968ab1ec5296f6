package dev.ftcp.xen.shm;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import jnr.ffi.Pointer;

/** A file that is mapped shared, whole. The mapping outlives the file's name and its descriptor. */
final class SharedFile implements AutoCloseable {
    private static final int O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_CLOEXEC = 0x80000, OWNER_ONLY = 0600;
    private static final int SEEK_END = 2;

    private final Pointer mapping;
    private final int length;
    private boolean closed;

    private SharedFile(Pointer mapping, int length) {
        this.mapping = mapping;
        this.length = length;
    }

    /** Makes the file, which must not exist, with all its blocks: memory that is missing later would kill whoever touches it. */
    static SharedFile create(Path path, int length) {
        int fd = Sys.check(
                LibC.INSTANCE.open(path.toString(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, OWNER_ONLY),
                "create region file " + path);
        try {
            int errno = LibC.INSTANCE.posix_fallocate(fd, 0, length);
            if (errno != 0)
                throw new IllegalStateException("no room for a region of " + length + " bytes at " + path + ": "
                        + LibC.INSTANCE.strerror(errno).getString(0)
                        + "; enlarge that file system or make the ring smaller");
            return map(fd, length, path);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    /**
     * Maps a file that the peer made.
     *
     * @throws IllegalStateException if its size can't be a region's
     */
    static SharedFile open(Path path) {
        int fd = Sys.check(LibC.INSTANCE.open(path.toString(), O_RDWR | O_CLOEXEC, 0), "open region file " + path);
        try {
            long length = Sys.check(LibC.INSTANCE.lseek(fd, 0, SEEK_END), "size of region file " + path);
            if (length < 1 || length > Integer.MAX_VALUE)
                throw new IllegalStateException("region file " + path + " has " + length + " bytes");
            return map(fd, (int) length, path);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    /** All of the file, little-endian; not to be touched after {@link #close}. */
    ByteBuffer buffer() {
        return Sys.buffer(mapping, length);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        Sys.unmap(mapping, length);
    }

    private static SharedFile map(int fd, int length, Path path) {
        return new SharedFile(Sys.map(fd, length, 0, true, "region file " + path), length);
    }
}
