package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.Sys;
import java.nio.file.Path;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** One libbpf object: its maps and programs by name. Closing it closes their descriptors; what is pinned or attached stays. */
final class BpfObject implements AutoCloseable {
    private final LibBpf bpf = LibBpf.INSTANCE;
    private @Nullable Pointer object;

    private BpfObject(Pointer object) {
        this.object = object;
    }

    static BpfObject open(byte[] elf) {
        BpfLog.clear();
        Pointer image = Sys.allocate(elf.length);
        image.put(0, elf, 0, elf.length);
        Pointer object = LibBpf.INSTANCE.bpf_object__open_mem(image, elf.length, null);
        if (object == null) throw BpfLog.failure("the wrap's eBPF object cannot be read", Sys.errno());
        return new BpfObject(object);
    }

    void maxEntries(String map, int entries) {
        check(bpf.bpf_map__set_max_entries(map(map), entries), "map " + map + " cannot have " + entries + " entries");
    }

    /** Creates the maps and hands the programs to the verifier, whose log a failure carries. */
    void loadOrExplain() {
        BpfLog.clear();
        check(
                bpf.bpf_object__load(open()),
                "the kernel refuses the wrap's eBPF programs (needs Linux 6.1 with BTF, CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)");
    }

    int mapFd(String name) {
        return check(bpf.bpf_map__fd(map(name)), "map " + name + " is not loaded");
    }

    int programFd(String name) {
        return check(bpf.bpf_program__fd(program(name)), "program " + name + " is not loaded");
    }

    void pinMap(String name, Path at) {
        check(bpf.bpf_map__pin(map(name), at.toString()), "map " + name + " cannot be pinned at " + at);
    }

    void pinProgram(String name, Path at) {
        check(bpf.bpf_program__pin(program(name), at.toString()), "program " + name + " cannot be pinned at " + at);
    }

    /** Attaches a tracing program; it stays attached as long as the pin, or this process if pinning fails. */
    void attachPinned(String name, Path at) {
        BpfLog.clear();
        Pointer link = bpf.bpf_program__attach(program(name));
        if (link == null) throw BpfLog.failure("program " + name + " cannot be attached", Sys.errno());
        try {
            check(bpf.bpf_link__pin(link, at.toString()), "link " + name + " cannot be pinned at " + at);
        } finally {
            bpf.bpf_link__destroy(link); // closes our descriptor: the pin holds the link
        }
    }

    @Override
    public void close() {
        if (object != null) bpf.bpf_object__close(object);
        object = null;
    }

    private Pointer open() {
        if (object == null) throw new IllegalStateException("the wrap is closed");
        return object;
    }

    private Pointer map(String name) {
        Pointer p = bpf.bpf_object__find_map_by_name(open(), name);
        if (p == null) throw BpfLog.failure("no map " + name + " in the wrap's eBPF object", Sys.errno());
        return p;
    }

    private Pointer program(String name) {
        Pointer p = bpf.bpf_object__find_program_by_name(open(), name);
        if (p == null) throw BpfLog.failure("no program " + name + " in the wrap's eBPF object", Sys.errno());
        return p;
    }

    private static int check(int result, String what) {
        if (result < 0) throw BpfLog.failure(what, -result);
        return result;
    }
}
