package dev.ftcp.xen.probe;

import dev.ftcp.xen.probe.Capabilities.Absent;
import dev.ftcp.xen.probe.Capabilities.Test;
import dev.ftcp.xen.xen.GrantLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a Xen guest says about itself. */
final class XenFacts {
    private static final Path HYPERVISOR = Path.of("/sys/hypervisor/type"),
            VERSION = Path.of("/sys/hypervisor/version");

    private XenFacts() {}

    static String guest() {
        String type = Files.exists(HYPERVISOR) ? read(HYPERVISOR) : "none";
        if (!type.equals("xen")) throw new Absent("hypervisor: " + type);
        return "Xen " + read(VERSION.resolve("major")) + "." + read(VERSION.resolve("minor"))
                + read(VERSION.resolve("extra"));
    }

    static String device(String name) {
        Path device = Path.of("/dev/xen/" + name);
        if (!Files.exists(device)) throw new Absent("no " + device);
        if (!Files.isReadable(device) || !Files.isWritable(device)) throw new Absent(device + " is not for this user");
        return device.toString();
    }

    /** Whether {@code pages} can be shared, and some more: a standby has pages beside its region. */
    static String shareLimit(int pages) {
        int limit = Integer.parseInt(read(GrantLimits.SHARED));
        if (limit < pages) throw new Absent("the limit is " + limit + " pages, " + pages + " are needed");
        return limit + " pages, " + pages + " are needed";
    }

    /** What fails for reasons of Xen's own, as a check. */
    static String tried(Test test) {
        try {
            return test.run();
        } catch (IllegalStateException | LinkageError e) {
            throw new Absent(String.valueOf(e.getMessage()));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new Absent("cannot read " + file + ": " + e.getMessage());
        }
    }
}
