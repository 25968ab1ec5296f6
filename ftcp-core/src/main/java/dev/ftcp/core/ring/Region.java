package dev.ftcp.core.ring;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory that two daemons share: the standby makes it from its own pages and reads it, the primary writes it. Layout in
 * {@link RegionLayout}. The header is checked once; afterwards only the own copy of sizes and offsets is used.
 *
 * <p>Pairing and heartbeat may be used by any thread. A lane has one writer on one side and one reader on the other, each used by
 * one thread.
 */
public final class Region {
    private final ByteBuffer memory;
    private final RegionSpec spec;
    private volatile boolean retired;

    private Region(ByteBuffer memory, RegionSpec spec) {
        this.memory = memory;
        this.spec = spec;
    }

    /**
     * Lays a region out in memory that nobody else uses yet.
     *
     * @param memory direct, 8-byte aligned, of exactly {@code spec.totalBytes()}; kept alive by the caller until {@link #retire}
     */
    public static Region create(ByteBuffer memory, RegionSpec spec) {
        ByteBuffer m = view(memory);
        if (m.capacity() != spec.totalBytes())
            throw new RegionException("memory of " + m.capacity() + " bytes for a region of " + spec.totalBytes());
        for (int i = 0; i < RegionLayout.PAGE; i += Long.BYTES) m.putLong(i, 0);
        m.putInt(RegionLayout.VERSION_AT, RegionLayout.VERSION);
        m.putInt(RegionLayout.LANES_AT, spec.lanes());
        m.putLong(RegionLayout.TOTAL_AT, spec.totalBytes());
        for (int lane = 0; lane < spec.lanes(); lane++) {
            int at = spec.laneOffset(lane);
            for (int i = 0; i < RegionLayout.CONTROL_BYTES; i += Long.BYTES) m.putLong(at + i, 0);
            m.putLong(entry(lane), at);
            m.putLong(entry(lane) + Long.BYTES, spec.laneBytes());
        }
        // The magic comes last: whoever sees it sees a whole header.
        Words.release(m, RegionLayout.MAGIC_AT, RegionLayout.MAGIC);
        return new Region(m, spec);
    }

    /**
     * Opens a region that the peer laid out.
     *
     * @param memory direct, 8-byte aligned, all of the region; kept alive by the caller until {@link #retire}
     * @throws RegionException if any word of the header is not what this version writes
     */
    public static Region open(ByteBuffer memory) {
        ByteBuffer m = view(memory);
        if (m.capacity() < RegionLayout.PAGE)
            throw new RegionException("memory of " + m.capacity() + " bytes cannot hold a header page");
        expect(m, "magic", RegionLayout.MAGIC_AT, Words.acquire(m, RegionLayout.MAGIC_AT), RegionLayout.MAGIC);
        int version = m.getInt(RegionLayout.VERSION_AT);
        expect(m, "layout version", RegionLayout.VERSION_AT, version, RegionLayout.VERSION);
        RegionSpec spec = readSpec(m);
        expect(m, "total size", RegionLayout.TOTAL_AT, m.getLong(RegionLayout.TOTAL_AT), spec.totalBytes());
        if (m.capacity() != spec.totalBytes())
            throw new RegionException(
                    "region says " + spec.totalBytes() + " bytes, but " + m.capacity() + " bytes of memory are shared");
        for (int lane = 0; lane < spec.lanes(); lane++) {
            int at = entry(lane);
            expect(m, "offset of lane " + lane, at, m.getLong(at), spec.laneOffset(lane));
            expect(m, "size of lane " + lane, at + 8, m.getLong(at + 8), spec.laneBytes());
        }
        Region region = new Region(m, spec);
        region.pairing();
        return region;
    }

    /** Number and size of the lanes. */
    public RegionSpec spec() {
        return spec;
    }

    /**
     * Who owns the service address, read now.
     *
     * @throws RegionException if the peer wrote a word without a meaning
     */
    public Pairing pairing() {
        requireLive();
        long word = Words.acquire(memory, RegionLayout.PAIRING_AT);
        try {
            return Pairing.of(word);
        } catch (IllegalArgumentException e) {
            throw new RegionException("pairing word at " + RegionLayout.PAIRING_AT + " has no meaning: 0x"
                    + Long.toHexString(word) + " (" + e.getMessage() + ")");
        }
    }

    /** Replaces the pairing word if it is still {@code expected}; a full fence either way. Exactly one of two racing callers wins. */
    public boolean casPairing(Pairing expected, Pairing next) {
        requireLive();
        boolean won = Words.compareAndSet(memory, RegionLayout.PAIRING_AT, expected.word(), next.word());
        VarHandle.fullFence();
        return won;
    }

    /** The primary lives: raises the heartbeat; a full fence follows. One thread only. */
    public void beat() {
        requireLive();
        Words.release(memory, RegionLayout.HEARTBEAT_AT, memory.getLong(RegionLayout.HEARTBEAT_AT) + 1);
        VarHandle.fullFence();
    }

    /** The primary tells, before it pairs, that it raises the heartbeat before it looks at the pairing word for a new lease. */
    public void beatsFirst(boolean does) {
        requireLive();
        Words.release(memory, RegionLayout.BEATS_FIRST_AT, does ? 1 : 0);
    }

    /** What the primary said by {@link #beatsFirst(boolean)}; false if it said nothing, as an older one does. */
    public boolean beatsFirst() {
        requireLive();
        return Words.acquire(memory, RegionLayout.BEATS_FIRST_AT) == 1;
    }

    /** The heartbeat; only a change means anything. */
    public long heartbeat() {
        requireLive();
        return Words.acquire(memory, RegionLayout.HEARTBEAT_AT);
    }

    /** The primary tells that its gate is closed and stays so, whatever lease it had: it gives up the service address. */
    public void silent(boolean is) {
        requireLive();
        Words.release(memory, RegionLayout.SILENT_AT, is ? 1 : 0);
    }

    /** What the primary said by {@link #silent(boolean)}. */
    public boolean silent() {
        requireLive();
        return Words.acquire(memory, RegionLayout.SILENT_AT) == 1;
    }

    /** The standby tells how many open connections it has given up although the primary has not. One thread only. */
    public void givenUp(long connections) {
        requireLive();
        Words.release(memory, RegionLayout.GIVEN_UP_AT, connections);
    }

    /** What the standby said by {@link #givenUp(long)}; any value, if it writes nonsense. */
    public long givenUp() {
        requireLive();
        return Words.acquire(memory, RegionLayout.GIVEN_UP_AT);
    }

    /** The standby tells whether its instance of the service answers. One thread only. */
    public void serviceUp(boolean answers) {
        requireLive();
        Words.release(memory, RegionLayout.SERVICE_UP_AT, answers ? 1 : 0);
    }

    /** What the standby said by {@link #serviceUp(boolean)}; false before. */
    public boolean serviceUp() {
        requireLive();
        return Words.acquire(memory, RegionLayout.SERVICE_UP_AT) == 1;
    }

    /** The standby tells the Ethernet address of its service interface, in the low 48 bits. One thread only. */
    public void address(long mac) {
        requireLive();
        Words.release(memory, RegionLayout.ADDRESS_AT, mac);
    }

    /** What the standby said by {@link #address(long)}; 0 if it said none, as an older one does. */
    public long address() {
        requireLive();
        return Words.acquire(memory, RegionLayout.ADDRESS_AT);
    }

    /**
     * The producer's end of a lane; goes on where the lane's tail is. At most one per lane may be in use, on both sides together.
     *
     * @throws RingCorruptException if the lane's cursors make no sense
     */
    public RingWriter writer(int lane) {
        return new RingWriter(this, lane, control(lane), data(lane));
    }

    /**
     * The consumer's end of a lane; goes on where the lane's head is. At most one per lane may be in use, on both sides together.
     *
     * @throws RingCorruptException if the lane's cursors make no sense
     */
    public RingReader reader(int lane) {
        return new RingReader(this, lane, control(lane), data(lane));
    }

    /**
     * Every later use of this region, its writers and its readers throws {@link IllegalStateException}. To be called before the
     * memory is unmapped, when no other thread is inside a call.
     */
    public void retire() {
        retired = true;
    }

    void requireLive() {
        if (retired) throw new IllegalStateException("the region is closed");
    }

    private ByteBuffer control(int lane) {
        requireLive();
        if (lane < 0 || lane >= spec.lanes())
            throw new IndexOutOfBoundsException("lane " + lane + " of " + spec.lanes());
        return slice(spec.laneOffset(lane), RegionLayout.CONTROL_BYTES);
    }

    private ByteBuffer data(int lane) {
        return slice(spec.laneOffset(lane) + RegionLayout.CONTROL_BYTES, spec.laneBytes());
    }

    private ByteBuffer slice(int at, int length) {
        return memory.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static RegionSpec readSpec(ByteBuffer m) {
        int lanes = m.getInt(RegionLayout.LANES_AT);
        long laneBytes = m.getLong(entry(0) + Long.BYTES);
        try {
            return new RegionSpec(lanes, Math.toIntExact(laneBytes));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new RegionException("lane count at " + RegionLayout.LANES_AT + " or size of lane 0 at "
                    + (entry(0) + Long.BYTES) + " is wrong: " + e.getMessage());
        }
    }

    private static int entry(int lane) {
        return RegionLayout.TABLE_AT + lane * RegionLayout.TABLE_ENTRY;
    }

    private static void expect(ByteBuffer m, String what, int at, long found, long wanted) {
        if (found != wanted)
            throw new RegionException(what + " at " + at + " is 0x" + Long.toHexString(found) + ", expected 0x"
                    + Long.toHexString(wanted) + " (region of " + m.capacity() + " bytes)");
    }

    private static ByteBuffer view(ByteBuffer memory) {
        if (!memory.isDirect()) throw new IllegalArgumentException("a region needs a direct buffer");
        ByteBuffer m = memory.duplicate().clear().slice().order(ByteOrder.LITTLE_ENDIAN);
        if (m.alignmentOffset(0, Long.BYTES) != 0)
            throw new IllegalArgumentException("a region needs memory that is 8-byte aligned");
        return m;
    }
}
