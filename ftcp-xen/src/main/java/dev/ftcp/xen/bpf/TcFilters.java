package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import jnr.ffi.Pointer;

/**
 * Asks the kernel over rtnetlink whether an interface has tc filters at its clsact hooks: libbpf can't list them.
 *
 * <pre>
 *   nlmsghdr   0 length  4 type  6 flags  8 sequence  12 port
 *   tcmsg     16 family  20 ifindex  24 handle  28 parent  32 info
 * </pre>
 */
final class TcFilters {
    private static final int AF_NETLINK = 16, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, NETLINK_ROUTE = 0;
    private static final int RTM_NEWTFILTER = 44, RTM_GETTFILTER = 46, NLM_F_REQUEST = 1, NLM_F_DUMP = 0x300;
    private static final int NLMSG_ERROR = 2, NLMSG_DONE = 3;
    private static final int LENGTH = 0,
            TYPE = 4,
            FLAGS = 6,
            IFINDEX = 20,
            PARENT = 28,
            REQUEST_BYTES = 36,
            HEADER = 16;
    private static final int CLSACT_INGRESS = 0xFFFFFFF2, CLSACT_EGRESS = 0xFFFFFFF3;
    private static final int BUFFER = 64 << 10;

    private TcFilters() {}

    /** Whether anybody's filter is at either hook. Acts in the network namespace of the thread. */
    static boolean any(int ifindex) {
        int fd =
                Sys.check(LibC.INSTANCE.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "rtnetlink socket");
        try {
            return any(fd, ifindex, CLSACT_INGRESS) || any(fd, ifindex, CLSACT_EGRESS);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    private static boolean any(int fd, int ifindex, int parent) {
        Pointer request = Sys.allocate(REQUEST_BYTES);
        request.putInt(LENGTH, REQUEST_BYTES);
        request.putShort(TYPE, (short) RTM_GETTFILTER);
        request.putShort(FLAGS, (short) (NLM_F_REQUEST | NLM_F_DUMP));
        request.putInt(IFINDEX, ifindex);
        request.putInt(PARENT, parent);
        Sys.check(LibC.INSTANCE.write(fd, request, REQUEST_BYTES), "list tc filters");
        Pointer reply = Sys.allocate(BUFFER);
        boolean found = false;
        while (true) {
            int n = (int) Sys.check(LibC.INSTANCE.read(fd, reply, BUFFER), "list tc filters");
            for (int at = 0; at + HEADER <= n; at += (Math.max(reply.getInt(at + LENGTH), HEADER) + 3) & ~3) {
                int type = reply.getShort(at + TYPE);
                if (type == NLMSG_DONE || type == NLMSG_ERROR) return found; // an error: no such hook
                found |= type == RTM_NEWTFILTER;
            }
        }
    }
}
