package dev.ftcp.core.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The memory link between the two daemons. */
public sealed interface LinkConfig {
    /** Size of the region that the standby owns, a power of two. */
    long sizeBytes();

    /**
     * On one kernel: a directory that both daemons see.
     *
     * @param directory absolute; holds the rendezvous sockets and the region, on a tmpfs
     * @param sizeBytes 256 KiB to 1 GiB
     */
    record Shm(Path directory, long sizeBytes) implements LinkConfig {
        /** Refuses values that break a rule. */
        public Shm {
            Violation.refuse(check(directory, sizeBytes));
        }

        /** Every rule that these values break. */
        public static List<Violation> check(Path directory, long sizeBytes) {
            List<Violation> out = new ArrayList<>();
            Units.absolute(out, "link.directory", directory);
            Units.powerOfTwo(out, "link.size", sizeBytes, 256 * Units.KIB, Units.GIB);
            return out;
        }
    }

    /**
     * Between two Xen guests, which find each other through what dom0 has prepared.
     *
     * @param sizeBytes 256 KiB to 128 MiB: the kernel maps at most 65536 pages of another guest at once, and a region is more than its ring
     */
    record Xen(long sizeBytes) implements LinkConfig {
        /** Refuses values that break a rule. */
        public Xen {
            Violation.refuse(check(sizeBytes));
        }

        /** Every rule that these values break. */
        public static List<Violation> check(long sizeBytes) {
            List<Violation> out = new ArrayList<>();
            Units.powerOfTwo(out, "link.size", sizeBytes, 256 * Units.KIB, 128 * Units.MIB);
            return out;
        }
    }
}
