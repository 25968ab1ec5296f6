package dev.ftcp.xen.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.SaveError;
import jnr.ffi.annotations.Variadic;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import org.jspecify.annotations.Nullable;

/**
 * The libc functions that ftcp calls, as libc declares them (man sections 2 and 3). Loading takes about 190 ms: touch it when the
 * daemon starts, never during a takeover. Callers go through {@link Sys}, which turns −1 into a {@link SyscallException}.
 */
public interface LibC {
    /** The loaded library. */
    LibC INSTANCE = LibraryLoader.create(LibC.class)
            .option(LibraryOption.SaveError, Boolean.TRUE)
            .load("c");

    /** The runtime that memory and pointers come from. */
    Runtime RUNTIME = Runtime.getRuntime(INSTANCE);

    @SaveError
    Pointer mmap(Pointer addr, @size_t long length, int prot, int flags, int fd, long offset);

    @SaveError
    int munmap(Pointer addr, @size_t long length);

    @SaveError
    int open(String path, int flags, int mode);

    @SaveError
    int close(int fd);

    @SaveError
    int ftruncate(int fd, long length);

    /** Returns the error number, and leaves errno alone. */
    int posix_fallocate(int fd, long offset, long length);

    @SaveError
    long lseek(int fd, long offset, int whence);

    @SaveError
    int flock(int fd, int operation);

    @SaveError
    @ssize_t
    long read(int fd, Pointer buf, @size_t long count);

    @SaveError
    @ssize_t
    long write(int fd, Pointer buf, @size_t long count);

    @SaveError
    int socket(int domain, int type, int protocol);

    @SaveError
    int bind(int fd, Pointer addr, int addrlen);

    @SaveError
    int listen(int fd, int backlog);

    @SaveError
    int accept4(int fd, Pointer addr, Pointer addrlen, int flags);

    @SaveError
    int connect(int fd, Pointer addr, int addrlen);

    @SaveError
    int shutdown(int fd, int how);

    @SaveError
    int setsockopt(int fd, int level, int name, Pointer value, int length);

    @SaveError
    int getsockopt(int fd, int level, int name, Pointer value, Pointer length);

    @SaveError
    @ssize_t
    long sendto(int fd, Pointer buf, @size_t long length, int flags, Pointer addr, int addrlen);

    @SaveError
    @ssize_t
    long recvfrom(int fd, Pointer buf, @size_t long length, int flags, Pointer addr, Pointer addrlen);

    @SaveError
    int epoll_create1(int flags);

    @SaveError
    int epoll_ctl(int epfd, int op, int fd, Pointer event);

    @SaveError
    int epoll_wait(int epfd, Pointer events, int maxevents, int timeoutMillis);

    @SaveError
    int eventfd(int initval, int flags);

    @Variadic(fixedCount = 2)
    @SaveError
    int fcntl(int fd, int cmd, int arg);

    @Variadic(fixedCount = 2)
    @SaveError
    int ioctl(int fd, @jnr.ffi.types.u_int64_t long request, Pointer arg);

    /** {@code sendto} of bytes at a raw address: a frame inside a direct buffer, without a pointer object for each. */
    @SaveError
    @ssize_t
    long send(int fd, @intptr_t long address, @size_t long length, int flags);

    @SaveError
    int sendmmsg(int fd, @intptr_t long messages, int count, int flags);

    @SaveError
    @ssize_t
    long recvmsg(int fd, Pointer message, int flags);

    /** Moves the calling thread only into the namespace that {@code fd} refers to (man 2 setns). */
    @SaveError
    int setns(int fd, int type);

    int clock_gettime(int clock, Pointer timespec);

    int if_nametoindex(String name);

    int getpid();

    /** {@code getpriority(2)}: −1 may be a value too. */
    int getpriority(int which, int who);

    /** {@code setpriority(2)}; {@code who} may be a thread. */
    @SaveError
    int setpriority(int which, int who, int nice);

    @SaveError
    int mount(String source, String target, String type, @size_t long flags, @Nullable Pointer data);

    Pointer strerror(int errno);
}
