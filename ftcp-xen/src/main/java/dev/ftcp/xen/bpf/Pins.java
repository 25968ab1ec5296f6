package dev.ftcp.xen.bpf;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import jnr.ffi.Pointer;

/**
 * The directory on a bpffs that keeps maps, programs and the tracepoints alive without the daemon.
 *
 * <pre>
 *   NAME/            cfg slots conns services vips capture   egress ingress state exits   clsact-made/
 *   NAME/new/        the same, while a load is under way
 * </pre>
 */
final class Pins {
    private static final Path BPFFS = Path.of("/sys/fs/bpf");
    private static final String STAGING = "new", CLSACT_MADE = "clsact-made", VIPS = "vips", CFG = "cfg";
    private static final int ADDRESS_BYTES = 16;

    private final Path directory;

    Pins(Path directory) {
        this.directory = directory;
    }

    /** The pins of the other services in {@code services}. */
    static List<Pins> others(Path services, Path own) {
        if (!Files.isDirectory(services)) return List.of();
        return entries(services).stream()
                .filter(d -> !d.equals(own) && Files.exists(d.resolve(VIPS)))
                .map(Pins::new)
                .toList();
    }

    /** Whether the gate that is pinned here lets everything pass; false if none is. */
    boolean standsOpen() {
        if (!Files.exists(directory.resolve(CFG))) return false;
        int fd = open(CFG);
        try {
            Pointer words = Sys.map(fd, Gate.BYTES, 0, false, CFG);
            try {
                return words.getInt(Gate.MODE) == GateMode.OPEN.ordinal();
            } finally {
                Sys.unmap(words, Gate.BYTES);
            }
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    /** Refuses addresses of {@code spec} that are wrapped here too. */
    void refuseShared(WrapSpec spec) {
        int fd = open(VIPS);
        try {
            BpfHash vips = new BpfHash(fd, VIPS, ADDRESS_BYTES);
            for (InetSocketAddress s : spec.services()) {
                vips.key().put(0, FlowKey.mapped(s.getAddress()));
                if (!vips.has()) continue;
                throw new WrapException(
                        "wrap: " + s.getAddress().getHostAddress() + " belongs to the service "
                                + directory.getFileName()
                                + ", which is wrapped on this host: give every service addresses of its own. If that service is"
                                + " gone, remove its tc filters and " + directory,
                        "");
            }
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    /** Where a load pins what is to become current by {@link #publish}. */
    Path staging() {
        return directory.resolve(STAGING);
    }

    /** Makes an empty staging directory, and mounts the bpffs if it is the usual one and not mounted. */
    void prepare() {
        try {
            if (!onBpffs() && directory.startsWith(BPFFS))
                Sys.check(LibC.INSTANCE.mount("bpf", BPFFS.toString(), "bpf", 0, null), "mount bpffs on " + BPFFS);
            if (!onBpffs())
                throw new WrapException(
                        "wrap: pinDirectory = " + directory
                                + ": not on a bpffs; mount one there or choose a directory below " + BPFFS,
                        "");
            discard();
            Files.createDirectories(staging());
        } catch (IOException e) {
            throw new UncheckedIOException("pin directory " + directory, e);
        }
    }

    /** Replaces the current pins by the staged ones. Nothing that is attached to the interface depends on pins. */
    void publish() {
        try {
            for (Path old : entries(directory)) {
                String name = old.getFileName().toString();
                if (!name.equals(STAGING) && !name.equals(CLSACT_MADE)) deleteTree(old);
            }
            for (Path made : entries(staging())) Files.move(made, directory.resolve(made.getFileName()));
            Files.delete(staging());
        } catch (IOException e) {
            throw new UncheckedIOException("pin directory " + directory, e);
        }
    }

    /** Takes the staged pins away, and the directory if nothing else is in it. */
    void discard() {
        deleteTree(staging());
        pruneEmpty();
    }

    /** Takes all pins away. */
    void remove() {
        deleteTree(directory);
        pruneEmpty();
    }

    /** Remembers across daemons that the qdisc is ours to remove. */
    void markClsactMade() {
        try {
            Files.createDirectories(directory.resolve(CLSACT_MADE));
        } catch (IOException e) {
            throw new UncheckedIOException("pin directory " + directory, e);
        }
    }

    void forgetClsactMade() {
        deleteTree(directory.resolve(CLSACT_MADE));
    }

    boolean clsactMade() {
        return Files.exists(directory.resolve(CLSACT_MADE));
    }

    /** A descriptor of a pinned map. */
    private int open(String map) {
        int fd = LibBpf.INSTANCE.bpf_obj_get(directory.resolve(map).toString());
        if (fd < 0) throw BpfLog.failure("pinned map " + directory.resolve(map) + " cannot be opened", -fd);
        return fd;
    }

    private boolean onBpffs() throws IOException {
        for (Path p = directory; p != null; p = p.getParent())
            if (Files.exists(p)) return Files.getFileStore(p).type().equals("bpf");
        return false;
    }

    private void pruneEmpty() {
        for (Path p : new Path[] {directory, directory.getParent()}) {
            if (p.equals(BPFFS) || !Files.isDirectory(p) || !entries(p).isEmpty() || isMountPoint(p)) return;
            deleteTree(p);
        }
    }

    /** What is gone, since the daemon of another service ends at the same time, is left alone too. */
    private static boolean isMountPoint(Path p) {
        try {
            return !Files.getAttribute(p, "unix:dev").equals(Files.getAttribute(p.getParent(), "unix:dev"));
        } catch (Exception e) { // the JDK throws an undeclared one of its own
            return true;
        }
    }

    private static List<Path> entries(Path in) {
        try (Stream<Path> list = Files.list(in)) {
            return list.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteTree(Path root) {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path p : tree.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("remove pins below " + root, e);
        }
    }
}
