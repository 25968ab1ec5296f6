package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Own pages, zeroed, that another domain may map. They outlive that domain. Closed while it still has them mapped, they are gone here, and the kernel
 * keeps them until it has let go.
 */
final class GrantShare implements AutoCloseable {
    private static final LibXenGnttab LIB = LibXenGnttab.INSTANCE;
    private static final int WRITABLE = 1;

    private final Pointer handle;
    private final Pointer start;
    private final int pages;
    private final int[] refs;
    private boolean closed;

    private GrantShare(Pointer handle, Pointer start, int[] refs) {
        this.handle = handle;
        this.start = start;
        this.pages = refs.length;
        this.refs = refs;
    }

    /**
     * Pages that {@code peer} may read and write.
     *
     * @throws IllegalStateException if the kernel's limit is too low: what to set
     */
    static GrantShare pages(int peer, int count) {
        GrantLimits.requireShares(count);
        Pointer refs = Sys.allocate(count * Integer.BYTES);
        Pointer handle = open();
        return shared(handle, LIB.xengntshr_share_pages(handle, peer, count, refs, WRITABLE), refs, count);
    }

    /**
     * One page that {@code peer} may read and write; when it goes from here, also because this process is killed, the kernel zeroes the byte at
     * {@code offset} and raises an event on {@code port}.
     *
     * @param port a port of this process, or −1
     */
    static GrantShare page(int peer, int offset, int port) {
        Pointer refs = Sys.allocate(Integer.BYTES);
        Pointer handle = open();
        return shared(handle, LIB.xengntshr_share_page_notify(handle, peer, refs, WRITABLE, offset, port), refs, 1);
    }

    /** What the peer maps them by, in their order. */
    int[] refs() {
        return refs.clone();
    }

    /** All of the pages, little-endian; not to be touched after {@link #close}. */
    ByteBuffer buffer() {
        return Sys.buffer(start, pages * GrantLimits.PAGE);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        LIB.xengntshr_unshare(handle, start, pages);
        LIB.xengntshr_close(handle);
    }

    private static Pointer open() {
        Pointer handle = LIB.xengntshr_open(LibXenToolLog.QUIET, 0);
        if (handle == null) throw Sys.error("open /dev/xen/gntalloc");
        return handle;
    }

    private static GrantShare shared(Pointer handle, @Nullable Pointer start, Pointer refs, int count) {
        if (start == null) {
            SyscallException e = Sys.error("share " + count + " pages");
            LIB.xengntshr_close(handle);
            if (e.errno() == Errno.ENOSPC) throw GrantLimits.noRoom(count, e);
            throw e;
        }
        int[] list = new int[count];
        refs.get(0, list, 0, count);
        return new GrantShare(handle, start, list);
    }
}
