package dev.ftcp.xen.xen;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libxenevtchn 1 that ftcp calls (xenevtchn.h). Null or −1 on failure, with errno set. A handle is one open
 * {@code /dev/xen/evtchn}; its ports are closed with it, also by the kernel of a process that dies.
 *
 * <p>Public only because JNR's implementation lives in another class loader: use {@link EventChannel}.
 */
public interface LibXenEvtchn {
    LibXenEvtchn INSTANCE = LibraryLoader.create(LibXenEvtchn.class)
            .option(LibraryOption.SaveError, Boolean.TRUE)
            .load("libxenevtchn.so.1");

    @SaveError
    @Nullable
    Pointer xenevtchn_open(@Nullable Pointer logger, int flags);

    int xenevtchn_close(@Nullable Pointer handle);

    int xenevtchn_fd(Pointer handle);

    @SaveError
    int xenevtchn_bind_unbound_port(Pointer handle, int domid);

    @SaveError
    int xenevtchn_bind_interdomain(Pointer handle, int domid, int port);

    @SaveError
    int xenevtchn_notify(Pointer handle, int port);

    @SaveError
    int xenevtchn_pending(Pointer handle);

    @SaveError
    int xenevtchn_unmask(Pointer handle, int port);
}
