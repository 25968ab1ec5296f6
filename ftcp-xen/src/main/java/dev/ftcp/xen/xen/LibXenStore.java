package dev.ftcp.xen.xen;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;
import jnr.ffi.types.u_int64_t;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libxenstore 4 that ftcp calls (xenstore.h). Those that return a pointer return null and set errno on failure, and what
 * they return must be given to {@link #free}; a C {@code bool} is a byte, 0 for failure, with errno set. Thread-safe in itself: one request of a
 * handle at a time.
 *
 * <p>Public only because JNR's implementation lives in another class loader: use {@link XenStore}.
 */
public interface LibXenStore {
    LibXenStore INSTANCE = LibraryLoader.create(LibXenStore.class)
            .option(LibraryOption.SaveError, Boolean.TRUE)
            .load("libxenstore.so.4");

    @SaveError
    @Nullable
    Pointer xs_open(@u_int64_t long flags);

    void xs_close(@Nullable Pointer handle);

    @SaveError
    @Nullable
    Pointer xs_read(Pointer handle, int transaction, String path, Pointer length);

    @SaveError
    byte xs_write(Pointer handle, int transaction, String path, byte[] data, int length);

    @SaveError
    byte xs_mkdir(Pointer handle, int transaction, String path);

    @SaveError
    byte xs_rm(Pointer handle, int transaction, String path);

    @SaveError
    byte xs_set_permissions(Pointer handle, int transaction, String path, Pointer permissions, int count);

    @SaveError
    byte xs_watch(Pointer handle, String path, String token);

    int xs_fileno(Pointer handle);

    @SaveError
    @Nullable
    Pointer xs_check_watch(Pointer handle);

    @SaveError
    int xs_transaction_start(Pointer handle);

    @SaveError
    byte xs_transaction_end(Pointer handle, int transaction, byte abort);

    /** From libc, which libxenstore brings along. */
    void free(Pointer memory);
}
