package dev.ftcp.xen.linux;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LastError;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** System calls that fail with an exception instead of −1, and the memory around them. Thread-safe. */
public final class Sys {
    /** {@code clock_gettime} ids (linux/time.h). */
    public static final int CLOCK_MONOTONIC = 1, CLOCK_THREAD_CPUTIME_ID = 3, CLOCK_BOOTTIME = 7;

    private static final int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1;
    private static final ThreadLocal<Pointer> TIMESPEC = ThreadLocal.withInitial(() -> allocate(16));

    private Sys() {}

    /** Checks a result right after the call: any later native call would overwrite errno. */
    public static int check(int result, String what) {
        if (result < 0) throw error(what);
        return result;
    }

    /** As {@link #check(int, String)}, for calls that return a size. */
    public static long check(long result, String what) {
        if (result < 0) throw error(what);
        return result;
    }

    /** The exception for the call that just failed on this thread. */
    public static SyscallException error(String what) {
        return error(what, errno());
    }

    /** The exception for an errno that came another way, as in a netlink answer. */
    public static SyscallException error(String what, int errno) {
        return new SyscallException(what, errno, LibC.INSTANCE.strerror(errno).getString(0));
    }

    /** errno of the call that just failed on this thread. */
    public static int errno() {
        return LastError.getLastError(LibC.RUNTIME);
    }

    /** Zeroed native memory, freed when the pointer is collected. */
    public static Pointer allocate(int bytes) {
        return Memory.allocateDirect(LibC.RUNTIME, bytes, true);
    }

    /** Maps {@code length} bytes of a file shared. The mapping lives until {@link #unmap}. */
    public static Pointer map(int fd, long length, long offset, boolean writable, String what) {
        Pointer p = LibC.INSTANCE.mmap(
                Pointer.wrap(LibC.RUNTIME, 0L),
                length,
                PROT_READ | (writable ? PROT_WRITE : 0),
                MAP_SHARED,
                fd,
                offset);
        if (p == null || p.address() == -1L) throw error("mmap " + what);
        return p;
    }

    /** Ends a mapping of {@link #map}. No buffer over it may be touched afterwards. */
    public static void unmap(Pointer mapping, long length) {
        check(LibC.INSTANCE.munmap(mapping, length), "munmap");
    }

    /** A little-endian direct buffer over native memory that the caller keeps alive. */
    public static ByteBuffer buffer(Pointer memory, int length) {
        return MemoryIO.getInstance()
                .newDirectByteBuffer(memory.address(), length)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Native address of index 0 of a direct buffer, which the caller keeps reachable while it is used. */
    public static long address(ByteBuffer direct) {
        if (!direct.isDirect()) throw new IllegalArgumentException("not a direct buffer");
        return MemoryIO.getInstance().getDirectBufferAddress(direct);
    }

    /** A clock in nanoseconds. */
    public static long clockNanos(int clock) {
        Pointer ts = TIMESPEC.get();
        LibC.INSTANCE.clock_gettime(clock, ts);
        return ts.getLong(0) * 1_000_000_000L + ts.getLong(8);
    }

    /** CLOCK_BOOTTIME, the clock of leases: it goes on while a machine is suspended. */
    public static long bootNanos() {
        return clockNanos(CLOCK_BOOTTIME);
    }

    /** Closes a descriptor; errors are not interesting any more. */
    public static void closeQuietly(int fd) {
        if (fd >= 0) LibC.INSTANCE.close(fd);
    }
}
