package dev.ftcp.xen.xen;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libxengnttab 1 that ftcp calls (xengnttab.h): {@code gntshr} grants own pages ({@code /dev/xen/gntalloc}), {@code gnttab}
 * maps another domain's ({@code /dev/xen/gntdev}). Null or −1 on failure, with errno set. Offsets and ports of −1 mean none.
 *
 * <p>Public only because JNR's implementation lives in another class loader: use {@link GrantShare} and {@link GrantMap}.
 */
public interface LibXenGnttab {
    LibXenGnttab INSTANCE = LibraryLoader.create(LibXenGnttab.class)
            .option(LibraryOption.SaveError, Boolean.TRUE)
            .load("libxengnttab.so.1");

    @SaveError
    @Nullable
    Pointer xengntshr_open(@Nullable Pointer logger, int flags);

    int xengntshr_close(Pointer handle);

    @SaveError
    @Nullable
    Pointer xengntshr_share_pages(Pointer handle, int domid, int count, Pointer refs, int writable);

    @SaveError
    @Nullable
    Pointer xengntshr_share_page_notify(
            Pointer handle, int domid, Pointer ref, int writable, int notifyOffset, int notifyPort);

    @SaveError
    int xengntshr_unshare(Pointer handle, Pointer start, int count);

    @SaveError
    @Nullable
    Pointer xengnttab_open(@Nullable Pointer logger, int flags);

    int xengnttab_close(@Nullable Pointer handle);

    @SaveError
    @Nullable
    Pointer xengnttab_map_domain_grant_refs(Pointer handle, int count, int domid, Pointer refs, int protection);

    @SaveError
    @Nullable
    Pointer xengnttab_map_grant_ref(Pointer handle, int domid, int ref, int protection);

    @SaveError
    @Nullable
    Pointer xengnttab_map_grant_ref_notify(
            Pointer handle, int domid, int ref, int protection, int notifyOffset, int notifyPort);

    @SaveError
    int xengnttab_unmap(Pointer handle, Pointer start, int count);
}
