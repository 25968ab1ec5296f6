package dev.ftcp.core.ring;

/**
 * Where everything is in a region. All numbers are little-endian; offsets in bytes. A word that is written while both sides run
 * has a 128-byte line pair of its own, because x86 fetches 64-byte lines in pairs: two writers never share one.
 *
 * <pre>
 *   region                                           header page
 *   +-------------+ 0                                +-----------------------------------------+ 0
 *   | header page |                                  | magic(8) version(4) lanes(4) total(8)   |  written once
 *   +-------------+ 4096                             +-----------------------------------------+ 128
 *   | lane 0      |                                  | pairing word(8)                         |  both: compare-and-set
 *   |  control    |                                  +-----------------------------------------+ 256
 *   |  page       |                                  | heartbeat(8) beats first(8) silent(8)   |  primary
 *   |  data       |                                  +-----------------------------------------+ 384
 *   +-------------+ 4096 + stride                    | lane table: { offset(8) bytes(8) } each |  written once
 *   | lane 1      |                                  +-----------------------------------------+ 640
 *   | ...         |                                  | connections given up(8) service up(8)   |  standby
 *   |             |                                  | its Ethernet address(8)                 |
 *                                                    +-----------------------------------------+ 664
 *
 *   control page of a lane                           record in the data area, 8-byte aligned
 *   +------------------------------+ 0               +------------+----------+---------------+---------+
 *   | tail(8) records published(8) |  producer       | length(4)  | type(4)  | length bytes  | 0-7     |
 *   +------------------------------+ 128             +------------+----------+---------------+---------+
 *   | head(8) records consumed(8)  |  consumer       0            4          8
 *   +------------------------------+ 256
 *   | consumer sleeps(8)           |  both           A padding record fills the rest of the data area where the
 *   +------------------------------+ 384             next record does not fit in one piece.
 *   | claims refused(8)            |  producer
 *   +------------------------------+ 4096
 *   | data, a power of two         |
 * </pre>
 *
 * Tail and head count bytes since the region was made and never wrap (2^63 bytes are centuries); their low bits are the index.
 */
public final class RegionLayout {
    /** The first eight bytes of a region: {@code FTCPRING}. */
    public static final long MAGIC = 0x474E495250435446L;
    /** Raised with every change of this layout or of the records of {@code core.log}. */
    public static final int VERSION = 3;
    /** Unit in which regions are shared, granted and laid out. */
    public static final int PAGE = 4096;
    /** Most lanes in a region. */
    public static final int MAX_LANES = 16;
    /** Bounds of a lane's data area. */
    public static final int MIN_LANE_BYTES = PAGE, MAX_LANE_BYTES = 1 << 30;

    static final int MAGIC_AT = 0, VERSION_AT = 8, LANES_AT = 12, TOTAL_AT = 16;
    static final int PAIRING_AT = 128, HEARTBEAT_AT = 256, TABLE_AT = 384, TABLE_ENTRY = 16, GIVEN_UP_AT = 640;
    static final int BEATS_FIRST_AT = 264, SILENT_AT = 272, SERVICE_UP_AT = 648, ADDRESS_AT = 656;

    static final int CONTROL_BYTES = PAGE;
    static final int TAIL_AT = 0,
            PUBLISHED_AT = 8,
            HEAD_AT = 128,
            CONSUMED_AT = 136,
            SLEEPING_AT = 256,
            REFUSED_AT = 384;

    /** Bytes before a record's payload. */
    public static final int RECORD_HEADER = 8;
    /** Type of the record that fills the end of the data area. Types of users are 1 to {@link #MAX_TYPE}. */
    public static final int PADDING = -1;
    /** Largest type of a user's record. */
    public static final int MAX_TYPE = 0xFFFF;

    private static final int ALIGN = 8;

    private RegionLayout() {}

    /** Bytes that a record with a payload of {@code length} takes. */
    static int recordBytes(int length) {
        return (RECORD_HEADER + length + ALIGN - 1) & -ALIGN;
    }

    /** Largest payload: a quarter of the lane, so that a record and the padding before it always fit into an empty ring. */
    static int maxRecord(int laneBytes) {
        return laneBytes / 4 - RECORD_HEADER;
    }

    static boolean aligned(long position) {
        return (position & (ALIGN - 1)) == 0;
    }

    /** Length and type as the one word that both sides move at once, so that a reader never sees half a header. */
    static long header(int type, int length) {
        return (long) type << 32 | (length & 0xFFFFFFFFL);
    }

    static int headerLength(long header) {
        return (int) header;
    }

    static int headerType(long header) {
        return (int) (header >>> 32);
    }
}
