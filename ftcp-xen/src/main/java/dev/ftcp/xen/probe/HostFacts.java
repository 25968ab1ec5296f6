package dev.ftcp.xen.probe;

import dev.ftcp.xen.probe.Capabilities.Absent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.ffi.LibraryLoader;

/** What the host says about itself in files and libraries. */
final class HostFacts {
    private static final int MIN_MAJOR = 6, MIN_MINOR = 1, MIN_LIBBPF = 1;
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)");

    /** The two functions of libbpf that tell its version (bpf/libbpf.h). */
    public interface LibbpfVersion {
        int libbpf_major_version();

        int libbpf_minor_version();
    }

    private HostFacts() {}

    static String kernel() {
        String release = text("/proc/sys/kernel/osrelease").strip();
        if (!isRecent(release)) throw new Absent("this is " + release);
        return release;
    }

    /** Whether a kernel release is new enough; one that cannot be read is not. */
    static boolean isRecent(String release) {
        Matcher m = RELEASE.matcher(release);
        if (!m.lookingAt()) return false;
        int major = Integer.parseInt(m.group(1));
        return major > MIN_MAJOR || (major == MIN_MAJOR && Integer.parseInt(m.group(2)) >= MIN_MINOR);
    }

    static String capability(int number) {
        for (String line : lines("/proc/thread-self/status")) {
            if (!line.startsWith("CapEff:")) continue;
            long effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
            if ((effective >>> number & 1) == 0)
                throw new Absent("not among the effective capabilities of this process");
            return "effective";
        }
        throw new Absent("no CapEff in /proc/thread-self/status");
    }

    static String libbpf() {
        try {
            LibbpfVersion v =
                    LibraryLoader.create(LibbpfVersion.class).failImmediately().load("bpf");
            String version = v.libbpf_major_version() + "." + v.libbpf_minor_version();
            if (v.libbpf_major_version() < MIN_LIBBPF) throw new Absent("this is " + version);
            return version;
        } catch (UnsatisfiedLinkError e) {
            throw new Absent("libbpf.so.1 cannot be loaded");
        }
    }

    static String btf() {
        Path p = Path.of("/sys/kernel/btf/vmlinux");
        if (!Files.isReadable(p)) throw new Absent("no " + p);
        return p.toString();
    }

    static String bpffs() {
        for (String line : lines("/proc/thread-self/mounts")) {
            String[] fields = line.split(" ", -1);
            if (fields.length > 2 && fields[2].equals("bpf")) return "mounted on " + fields[1];
        }
        throw new Absent("no file system of type bpf is mounted");
    }

    private static String text(String path) {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException e) {
            throw new Absent("cannot read " + path + ": " + e.getMessage());
        }
    }

    private static List<String> lines(String path) {
        return text(path).lines().toList();
    }
}
