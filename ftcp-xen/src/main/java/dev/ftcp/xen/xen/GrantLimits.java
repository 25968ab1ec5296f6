package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many pages can be shared and mapped. The kernel shares at most {@code limit} pages at a time, of all processes (gntalloc.c); maps at most 65536
 * by one request (gntdev.c); and Xen gives a guest 512 grants for each of its grant frames, 64 unless its configuration says otherwise.
 */
public final class GrantLimits {
    /** Bytes of a page, the unit of grants. */
    public static final int PAGE = 4096;
    /** The kernel's limit of pages that are shared at a time, 1024 by default. */
    public static final Path SHARED = Path.of("/sys/module/xen_gntalloc/parameters/limit");
    /** Most pages of one region. */
    static final int MAX_PAGES = 65536;

    private GrantLimits() {}

    /** What makes room for {@code pages}, for an operator. */
    public static String remedy(int pages) {
        return "echo " + roomy(pages) + " > " + SHARED + ", and for good: options xen_gntalloc limit=" + roomy(pages)
                + " in /etc/modprobe.d/ftcp.conf";
    }

    /** The kernel fails only after seconds of trying, hence the question before. */
    static void requireShares(int pages) {
        int limit = limit();
        if (pages > limit)
            throw new IllegalStateException(
                    "cannot share " + pages + " pages: the kernel's limit is " + limit + "; " + remedy(pages));
    }

    static IllegalStateException noRoom(int pages, SyscallException cause) {
        return new IllegalStateException(
                "cannot share " + pages + " pages: others share too many, or the guest has no grants left; "
                        + remedy(2 * pages) + "; max_grant_frames in the guest's configuration",
                cause);
    }

    private static int limit() {
        try {
            return Integer.parseInt(Files.readString(SHARED).strip());
        } catch (IOException | NumberFormatException e) {
            return Integer.MAX_VALUE; // whoever shares will see
        }
    }

    private static int roomy(int pages) {
        return Math.max(4096, Integer.highestOneBit(Math.max(1, pages)) * 4);
    }
}
