package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Pages of another domain, mapped here. They stay valid when that domain dies, and keep a shadow of it in the host's memory until this is closed.
 */
final class GrantMap implements AutoCloseable {
    private static final LibXenGnttab LIB = LibXenGnttab.INSTANCE;
    /** sys/mman.h. */
    private static final int PROT_READ = 1, PROT_WRITE = 2;

    private final Pointer handle;
    private final Pointer start;
    private final int pages;
    private boolean closed;

    private GrantMap(Pointer handle, Pointer start, int pages) {
        this.handle = handle;
        this.start = start;
        this.pages = pages;
    }

    /** Maps pages that {@code peer} has shared, one after the other, to read and write; EINVAL if it has not, or not any more. */
    static GrantMap pages(int peer, int[] refs) {
        Pointer list = Sys.allocate(refs.length * Integer.BYTES);
        list.put(0, refs, 0, refs.length);
        Pointer handle = open();
        int both = PROT_READ | PROT_WRITE;
        return mapped(
                handle, LIB.xengnttab_map_domain_grant_refs(handle, refs.length, peer, list, both), refs.length, peer);
    }

    /**
     * Maps one page to read and write; when it goes from here, also because this process is killed, the kernel zeroes the byte at {@code offset} and
     * raises an event on {@code port}, a port of this process.
     */
    static GrantMap page(int peer, int ref, int offset, int port) {
        Pointer handle = open();
        int both = PROT_READ | PROT_WRITE;
        return mapped(handle, LIB.xengnttab_map_grant_ref_notify(handle, peer, ref, both, offset, port), 1, peer);
    }

    /** Maps one page to look at it. */
    static GrantMap look(int peer, int ref) {
        Pointer handle = open();
        return mapped(handle, LIB.xengnttab_map_grant_ref(handle, peer, ref, PROT_READ), 1, peer);
    }

    /** All of the pages, little-endian; not to be touched after {@link #close}. */
    ByteBuffer buffer() {
        return Sys.buffer(start, pages * GrantLimits.PAGE);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        LIB.xengnttab_unmap(handle, start, pages);
        LIB.xengnttab_close(handle);
    }

    private static Pointer open() {
        Pointer handle = LIB.xengnttab_open(LibXenToolLog.QUIET, 0);
        if (handle == null) throw Sys.error("open /dev/xen/gntdev");
        return handle;
    }

    private static GrantMap mapped(Pointer handle, @Nullable Pointer start, int pages, int peer) {
        if (start != null) return new GrantMap(handle, start, pages);
        SyscallException e = Sys.error("map " + pages + " pages of domain " + peer);
        LIB.xengnttab_close(handle);
        throw e;
    }
}
