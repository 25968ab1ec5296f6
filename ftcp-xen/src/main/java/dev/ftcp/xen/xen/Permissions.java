package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Sys;
import jnr.ffi.Pointer;

/**
 * Who may do what with a node of xenstore (xenstore_lib.h). The first entry names the owner, and what everybody may who is not listed.
 *
 * <pre>
 *   struct xs_permissions   0 domid u32   4 bits u32
 * </pre>
 */
final class Permissions {
    static final int BYTES = 8, ID = 0, BITS = 4;
    static final int NONE = 0, READ = 1;
    /** Entries of {@link #of}. */
    static final int COUNT = 2;

    private Permissions() {}

    /** The owner everything, {@code reader} reads, others nothing. */
    static Pointer of(int owner, int reader) {
        Pointer list = Sys.allocate(COUNT * BYTES);
        list.putInt(ID, owner);
        list.putInt(BITS, NONE);
        list.putInt(BYTES + ID, reader);
        list.putInt(BYTES + BITS, READ);
        return list;
    }
}
