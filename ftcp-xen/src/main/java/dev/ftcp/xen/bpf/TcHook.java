package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Sys;
import jnr.ffi.Pointer;

/**
 * The clsact hooks of one interface, and this service's filter at each. Acts in the network namespace of the calling thread.
 *
 * <pre>
 *   struct bpf_tc_hook   0 size  8 ifindex  12 attach point  16 parent         (24 bytes)
 *   struct bpf_tc_opts   0 size  8 prog_fd  12 flags  16 prog_id  20 handle  24 priority   (32 bytes)
 * </pre>
 */
final class TcHook {
    static final int INGRESS = 1, EGRESS = 2;
    static final int HOOK_SIZE = 24, HOOK_IFINDEX = 8, HOOK_POINT = 12;
    static final int OPTS_SIZE = 32,
            OPTS_PROG_FD = 8,
            OPTS_FLAGS = 12,
            OPTS_PROG_ID = 16,
            OPTS_HANDLE = 20,
            OPTS_PRIORITY = 24;

    /** Before filters of anybody else's that have not asked for a lower number. */
    static final int PRIORITY = 7;

    private static final int REPLACE = 1, HANDLE_BASE = 0x4600_0000, HANDLE_BITS = 24;

    private final LibBpf bpf = LibBpf.INSTANCE;
    private final int ifindex;
    private final int handle;

    /** Filters are told apart by handle, so that services on one interface don't replace each other's. */
    TcHook(int ifindex, String service) {
        this.ifindex = ifindex;
        this.handle = HANDLE_BASE | service.hashCode() * 0x9E3779B1 >>> 32 - HANDLE_BITS;
    }

    /** Adds the clsact qdisc. Returns false if the interface has one already. */
    boolean create() {
        BpfLog.clear();
        int r = bpf.bpf_tc_hook_create(hook(INGRESS | EGRESS));
        if (r == -Errno.EEXIST) return false;
        check(r, "qdisc clsact cannot be added (is sch_ingress available?)");
        return true;
    }

    /** Removes the qdisc with all its filters, if no filter is left: one that is would belong to somebody else. */
    void destroyIfUnused() {
        if (TcFilters.any(ifindex)) return;
        BpfLog.clear();
        int r = bpf.bpf_tc_hook_destroy(hook(INGRESS | EGRESS));
        if (r != -Errno.ENOENT) check(r, "qdisc clsact cannot be removed");
    }

    /** The id of the program that this service has at a hook, or 0. */
    int attached(int point) {
        BpfLog.clear();
        Pointer opts = opts();
        int r = bpf.bpf_tc_query(hook(point), opts);
        if (r == -Errno.ENOENT || r == -Errno.EINVAL) return 0; // EINVAL: nobody has a filter at this hook yet
        check(r, "tc filter cannot be queried");
        return opts.getInt(OPTS_PROG_ID);
    }

    /** Puts a program at a hook, in the place of the one that is there, if any: no packet passes in between. */
    void attach(int point, int programFd) {
        BpfLog.clear();
        Pointer opts = opts();
        opts.putInt(OPTS_PROG_FD, programFd);
        opts.putInt(OPTS_FLAGS, REPLACE);
        check(bpf.bpf_tc_attach(hook(point), opts), "tc filter cannot be attached (is cls_bpf available?)");
    }

    /** Puts the program of {@link #attached} back; 0 means none. */
    void restore(int point, int programId) {
        if (programId == 0) {
            detach(point);
            return;
        }
        int fd = check(bpf.bpf_prog_get_fd_by_id(programId), "the earlier tc filter is gone");
        try {
            attach(point, fd);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    /** Takes this service's filter away, if it is there. */
    void detach(int point) {
        BpfLog.clear();
        int r = bpf.bpf_tc_detach(hook(point), opts());
        if (r != -Errno.ENOENT && r != -Errno.EINVAL) check(r, "tc filter cannot be detached");
        // EINVAL: no clsact qdisc, and so no filter
    }

    private Pointer hook(int point) {
        Pointer hook = Sys.allocate(HOOK_SIZE);
        hook.putLong(0, HOOK_SIZE);
        hook.putInt(HOOK_IFINDEX, ifindex);
        hook.putInt(HOOK_POINT, point);
        return hook;
    }

    private Pointer opts() {
        Pointer opts = Sys.allocate(OPTS_SIZE);
        opts.putLong(0, OPTS_SIZE);
        opts.putInt(OPTS_HANDLE, handle);
        opts.putInt(OPTS_PRIORITY, PRIORITY);
        return opts;
    }

    private static int check(int result, String what) {
        if (result < 0) throw BpfLog.failure(what, -result);
        return result;
    }
}
