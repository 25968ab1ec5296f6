package dev.ftcp.xen.bpf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The gate's words in the mapped configuration: no call does a system call or allocates. The programs see a store at the next frame.
 *
 * <pre>
 *   0 lease (ns)   8 mode   12 flags   16 netns   24 attended (ns)   32 deaths over   36 heir   48 heir until (ns)
 *   128 sleeping   132 wakes   256 counters   (struct ft_cfg in wrap.h)
 * </pre>
 *
 * Thread-safe. After {@link Wrap#close} every call throws {@link IndexOutOfBoundsException}.
 */
public final class Gate {
    /** Payload of connections without a slot passes in PROTECT too: for services whose connections are older than the wrap. */
    public static final int PASS_UNKNOWN = 1;
    /** Some connections are not restored yet: what this kernel answers to segments of connections that it does not have is swallowed. */
    public static final int DOUBT = 2;
    /** In PROTECT, output that must be captured is swallowed, and leaves only if the daemon sends it on. */
    public static final int STRICT = 4;
    /** The service is down and comes back: what this kernel answers meanwhile to connections without a slot is swallowed in OPEN too. */
    public static final int DOWN = 8;
    /**
     * In PROTECT, for a moment: connections of before are still to be followed. Payload of connections without a slot passes, captured, as in OPEN.
     */
    public static final int SYNCING = 16;
    /** Test switches: each takes one part of the gate out, so that a test can prove that it would notice. */
    public static final int TEST_NO_CLAMP = 256,
            TEST_NO_SILENCE = 512,
            TEST_NO_HOLD = 1024,
            TEST_NO_LEASE = 2048,
            TEST_NO_STRICT = 4096;

    static final int BYTES = 4096;
    static final int LEASE = 0,
            MODE = 8,
            FLAGS = 12,
            NETNS = 16,
            ATTENDED = 24,
            DEATHS_OVER = 32,
            HEIR = 36,
            HEIR_NS = 48,
            SLEEPING = 128,
            WAKES = 132,
            COUNTERS = 256;

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final GateMode[] MODES = GateMode.values();

    private ByteBuffer words;

    Gate(ByteBuffer words) {
        this.words = words;
    }

    /** What the gate lets pass at present. */
    public GateMode mode() {
        return MODES[(int) INT.getAcquire(words, MODE)];
    }

    /** Changes the mode. Stores before it, such as the lease, are visible to whoever sees the new mode. */
    public void mode(GateMode mode) {
        INT.setRelease(words, MODE, mode.ordinal());
    }

    /** All flags. */
    public int flags() {
        return (int) INT.getAcquire(words, FLAGS);
    }

    /** Sets or clears the given flags and leaves the others. */
    public void flags(int which, boolean on) {
        if (on) INT.getAndBitwiseOr(words, FLAGS, which);
        else INT.getAndBitwiseAnd(words, FLAGS, ~which);
    }

    /**
     * In PROTECT, nothing leaves from the VIP after this instant.
     *
     * @param bootNanos CLOCK_BOOTTIME in nanoseconds, as {@link dev.ftcp.xen.linux.Sys#bootNanos}; 0 ends it at once
     */
    public void lease(long bootNanos) {
        LONG.setRelease(words, LEASE, bootNanos);
    }

    /** When the lease ends or ended, CLOCK_BOOTTIME in nanoseconds. */
    public long lease() {
        return (long) LONG.getAcquire(words, LEASE);
    }

    /**
     * In OPEN, and for connections that pass as in OPEN: until this instant, what finds no room in the capture ring is dropped, so that TCP
     * sends it again; the caller will have made room. Later it passes, and the connection can't be protected any more.
     *
     * @param bootNanos CLOCK_BOOTTIME in nanoseconds
     */
    public void attended(long bootNanos) {
        LONG.setRelease(words, ATTENDED, bootNanos);
    }

    /**
     * The service listens again after so many {@link GateCounter#LISTENER_DEATHS}. Until then, what this kernel answers for want of a listener is
     * swallowed.
     */
    public void listensAgain(long deaths) {
        INT.setRelease(words, DEATHS_OVER, (int) deaths);
    }

    /**
     * While nothing leaves from here, what clients say to the service is passed on to the next owner, on the same network.
     *
     * @param mac its Ethernet address, as of {@link dev.ftcp.xen.packet.Mac}; 0 if it is not known: then it is not
     * @param bootNanos until when, CLOCK_BOOTTIME in nanoseconds
     */
    public void heir(long mac, long bootNanos) {
        LONG.setRelease(words, HEIR_NS, 0L);
        for (int i = 0; i < 6; i++) words.put(HEIR + i, (byte) (mac >>> 40 - 8 * i));
        LONG.setRelease(words, HEIR_NS, mac == 0 ? 0 : bootNanos);
    }

    /** How often the programs have woken the daemon. */
    public long wakes() {
        return Integer.toUnsignedLong((int) INT.getOpaque(words, WAKES));
    }

    /** A counter since the wrap was loaded. */
    public long count(GateCounter counter) {
        return (long) LONG.getOpaque(words, COUNTERS + counter.ordinal() * Long.BYTES);
    }

    void netns(long inode) {
        LONG.setRelease(words, NETNS, inode);
    }

    /** Says that the daemon is about to sleep; ordered before everything that the caller reads afterwards. */
    void sleeping() {
        INT.setRelease(words, SLEEPING, 1);
        VarHandle.fullFence();
    }

    void awake() {
        INT.setOpaque(words, SLEEPING, 0);
    }

    void close() {
        words = ByteBuffer.allocateDirect(0);
    }
}
