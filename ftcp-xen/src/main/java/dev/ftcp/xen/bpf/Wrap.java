package dev.ftcp.xen.bpf;

import dev.ftcp.core.tcp.FlowKey;
import java.nio.file.Path;

/**
 * The wrap around one service: eBPF programs at the interface that carries its VIP, and the maps that they share with the daemon.
 *
 * <p>{@link #close} lets go of it, as a crash does: filters, tracepoints and maps stay where they are, with the mode and the lease that they
 * have. {@link #remove} takes everything away. Loading over what a dead daemon left replaces its programs in one step at each hook, so that there is
 * no instant without a gate; connections of before have no slot then.
 *
 * <p>{@link #load} and {@link #remove} act in the network namespace of the calling thread. {@link #bind} and {@link #unbind} belong to one thread.
 * Needs CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, and CAP_SYS_ADMIN if a bpffs has to be mounted.
 */
public final class Wrap implements AutoCloseable {
    private final BpfObject object;
    private final WrapMemory memory;
    private final TcHook hook;
    private final Pins pins;
    private final BpfHash conns;

    Wrap(BpfObject object, WrapMemory memory, TcHook hook, Pins pins) {
        this.object = object;
        this.memory = memory;
        this.hook = hook;
        this.pins = pins;
        this.conns = new BpfHash(object.mapFd("conns"), "conns", FlowKey.BYTES);
    }

    /**
     * Loads, pins and attaches the wrap.
     *
     * @param first the gate's mode from its first instant
     * @throws WrapException if libbpf or the kernel refuses, with their log; everything is as it was before then
     */
    public static Wrap load(WrapSpec spec, GateMode first) {
        return WrapLoader.load(spec, first);
    }

    /**
     * Whether what a dead daemon left stands open, for it was alone: its service lives on.
     *
     * @throws WrapException if what is pinned there cannot be read
     */
    public static boolean standsOpen(WrapSpec spec) {
        return new Pins(spec.pinDirectory()).standsOpen();
    }

    /**
     * Refuses a service address that another service's wrap has. A gate decides about all that an address says, so the two would silence
     * each other, and the address can only be where one of them is.
     *
     * @param services directory in which every service of this host has its pin directory
     * @throws WrapException naming the address and the other service
     */
    public static void requireOwnAddresses(Path services, WrapSpec spec) {
        for (Pins other : Pins.others(services, spec.pinDirectory())) other.refuseShared(spec);
    }

    /** Mode, lease, flags and counters. */
    public Gate gate() {
        return memory.gate();
    }

    /** The connections' slots. */
    public SlotTable slots() {
        return memory.slots();
    }

    /** What the programs captured. */
    public CaptureRing capture() {
        return memory.capture();
    }

    /**
     * Makes the programs find the connection's slot, which {@link SlotTable#open} has filled. One system call.
     *
     * @throws WrapException if more connections are bound than there are slots
     */
    public void bind(FlowKey key, int slot) {
        if (slot < 0 || slot >= memory.slots().size()) throw new IndexOutOfBoundsException("slot " + slot);
        key.write(conns.key(), 0);
        conns.put(slot);
    }

    /**
     * Makes the connection unknown to the programs: in PROTECT its data and its FIN or RST do not pass any more, so a connection that has
     * ended stays bound until its last words have left. One system call.
     *
     * @return whether it was bound
     */
    public boolean unbind(FlowKey key) {
        key.write(conns.key(), 0);
        return conns.remove();
    }

    /**
     * The clean end: the service is as if it had never been wrapped. Every step is tried, also after one has failed; idempotent.
     *
     * @throws WrapException the first failure
     */
    public void remove() {
        try (Unwind steps = new Unwind()) {
            steps.atEnd(this::close);
            steps.atEnd(pins::remove);
            if (pins.clsactMade()) steps.atEnd(hook::destroyIfUnused);
            steps.atEnd(() -> hook.detach(TcHook.EGRESS));
            steps.atEnd(() -> hook.detach(TcHook.INGRESS));
        }
    }

    /** Closes descriptors and mappings only; the gate stays as it is. Idempotent. */
    @Override
    public void close() {
        memory.close();
        object.close();
    }
}
