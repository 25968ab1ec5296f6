package dev.ftcp.xen.probe;

import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.xen.GrantLimits;
import dev.ftcp.xen.xen.XenTrials;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds out, before anything depends on it, whether this host can run ftcp. Every check tries the thing itself where that has no lasting
 * effect. Takes some hundred milliseconds: for start-up and for the CLI.
 */
public final class Capabilities {
    /** A check; what it throws is a failure too. */
    private record Check(String name, String requires, String fix, Test test) {}

    /** Returns what was found, or throws {@link SyscallException} or {@link Absent}. */
    @FunctionalInterface
    interface Test {
        String run();
    }

    /** The thing is not there. */
    static final class Absent extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Absent(String detail) {
            super(detail);
        }
    }

    private static final String ROOT = "run as root or give the unit AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW"
            + " CAP_NET_BIND_SERVICE CAP_BPF CAP_PERFMON CAP_IPC_LOCK";

    private static final List<Check> CHECKS = List.of(
            new Check("kernel", "Linux >= 6.1", "install a newer kernel", HostFacts::kernel),
            new Check("CAP_NET_ADMIN", "that capability", ROOT, () -> HostFacts.capability(12)),
            new Check("CAP_NET_RAW", "that capability", ROOT, () -> HostFacts.capability(13)),
            new Check("CAP_BPF", "that capability", ROOT, () -> HostFacts.capability(39)),
            new Check("CAP_PERFMON", "that capability", ROOT, () -> HostFacts.capability(38)),
            new Check("libbpf", "libbpf >= 1.0", "install libbpf1 (Debian) or libbpf", HostFacts::libbpf),
            new Check("BTF", "CONFIG_DEBUG_INFO_BTF=y", "use a distribution kernel", HostFacts::btf),
            new Check("bpffs", "/sys/fs/bpf", "mount -t bpf bpf /sys/fs/bpf", HostFacts::bpffs),
            new Check("clsact", "CONFIG_NET_SCH_INGRESS", "modprobe sch_ingress", Trials::clsact),
            new Check("packet socket", "CONFIG_PACKET", ROOT, Trials::packetSocket),
            new Check("TCP_REPAIR", "CONFIG_CHECKPOINT_RESTORE=y", "use a distribution kernel", Trials::tcpRepair),
            new Check(
                    "SOCK_DESTROY",
                    "CONFIG_INET_DIAG_DESTROY=y",
                    "modprobe tcp_diag, or other kernel",
                    Trials::sockDestroy));

    private static final String MODULES = "modprobe -a xen-evtchn xen-gntdev xen-gntalloc";
    private static final String PAIR = "run in dom0: scripts/xen-pair SERVICE-GUEST STANDBY-GUEST";

    private Capabilities() {}

    /** Runs every check that each link needs, whatever the others say. */
    public static List<Capability> probe() {
        return CHECKS.stream().map(Capabilities::run).toList();
    }

    /**
     * Runs every check of the link between two Xen guests.
     *
     * @param pages that this guest must be able to share when it is the standby
     */
    public static List<Capability> probeXen(int pages) {
        return Stream.of(
                        new Check(
                                "Xen guest",
                                "Xen",
                                "link.type = \"shm\" is for daemons on one kernel",
                                XenFacts::guest),
                        device("evtchn"),
                        device("gntdev"),
                        device("gntalloc"),
                        device("xenbus"),
                        xen(
                                "Xen libraries",
                                "libxenstore 4, libxenevtchn 1, libxengnttab 1",
                                "install libxenstore4 libxenevtchn1 libxengnttab1",
                                XenTrials::libraries),
                        xen("xenstore", "/dev/xen/xenbus", "run as root", XenTrials::store),
                        xen("event channels", "xen-evtchn", MODULES, XenTrials::event),
                        xen("mapping of grants", "xen-gntdev", MODULES, XenTrials::map),
                        xen("sharing of pages", "xen-gntalloc", MODULES, XenTrials::grant),
                        new Check(
                                "gntalloc limit",
                                "xen_gntalloc.limit",
                                GrantLimits.remedy(pages),
                                () -> XenFacts.shareLimit(pages)),
                        xen("pair in xenstore", "scripts/xen-pair", PAIR, XenTrials::pair),
                        xen("news of the peer's end", "scripts/xen-pair", PAIR, XenTrials::life))
                .map(Capabilities::run)
                .toList();
    }

    private static Check device(String name) {
        return new Check(name, "/dev/xen/" + name, MODULES + "; run as root", () -> XenFacts.device(name));
    }

    private static Check xen(String name, String requires, String fix, Test test) {
        return new Check(name, requires, fix, () -> XenFacts.tried(test));
    }

    /** Whether nothing is missing. */
    public static boolean complete(List<Capability> found) {
        return found.stream().allMatch(Capability::ok);
    }

    private static Capability run(Check c) {
        try {
            return Capability.present(c.name, c.test.run());
        } catch (SyscallException | Absent e) {
            return Capability.missing(c.name, c.requires, String.valueOf(e.getMessage()), c.fix);
        }
    }
}
