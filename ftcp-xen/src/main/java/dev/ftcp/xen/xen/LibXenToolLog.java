package dev.ftcp.xen.xen;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * What Xen's libraries log with (xentoollog.h). Without a logger of the caller's, libxengnttab writes every failure to stderr, and asking a
 * dead daemon for its page is one: failures are exceptions here, so nothing below {@link #CRITICAL} is written.
 *
 * <p>Public only because JNR's implementation lives in another class loader.
 */
public interface LibXenToolLog {
    /** {@code XTL_CRITICAL} of {@code enum xentoollog_level}. */
    int CRITICAL = 9;

    LibXenToolLog INSTANCE = LibraryLoader.create(LibXenToolLog.class)
            .option(LibraryOption.SaveError, Boolean.TRUE)
            .load("libxentoollog.so.1");

    /** The one logger of this process, never destroyed; null, which means the library's own, if there is no memory. */
    @Nullable
    Pointer QUIET = quiet();

    @Nullable
    Pointer xtl_createlogger_stdiostream(Pointer file, int minimumLevel, int flags);

    /** From libc, which the library brings along. */
    @Nullable
    Pointer fdopen(int fd, String mode);

    private static @Nullable Pointer quiet() {
        Pointer stderr = INSTANCE.fdopen(2, "w");
        return stderr == null ? null : INSTANCE.xtl_createlogger_stdiostream(stderr, CRITICAL, 0);
    }
}
