package dev.ftcp.daemon.loop;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Whether this process may open as many files as a takeover needs: each continued connection has two sockets, the client's and the service's. Where they run
 * out, connections are reset.
 */
final class OpenFiles {
    private static final int PER_CONNECTION = 2;
    /** Jars, links, maps, event loops. */
    private static final int OWN = 256;

    private OpenFiles() {}

    /** What an operator must know, as a sentence; empty if the limit suffices. */
    static List<String> warnings(int connections) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? warnings(connections, unix.getMaxFileDescriptorCount())
                : List.of();
    }

    /** @param most how many files the process may have open */
    static List<String> warnings(int connections, long most) {
        long needed = (long) PER_CONNECTION * connections + OWN;
        if (needed <= most) return List.of();
        return List.of("limits.connections = " + connections + " may need " + needed
                + " open files, and this process may have " + most
                + ": a takeover would reset connections beyond " + Math.max(0, (most - OWN) / PER_CONNECTION)
                + "; raise LimitNOFILE of the unit (or ulimit -n), or lower limits.connections");
    }
}
