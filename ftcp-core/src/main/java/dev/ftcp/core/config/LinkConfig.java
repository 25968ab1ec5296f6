package dev.ftcp.core.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory link between the two daemons: a directory that both see.
 *
 * @param directory absolute; holds the rendezvous sockets and the region, on a tmpfs
 * @param sizeBytes size of the region that the standby owns, a power of two, 256 KiB to 1 GiB
 */
public record LinkConfig(Path directory, long sizeBytes) {
    /** Refuses values that break a rule. */
    public LinkConfig {
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
