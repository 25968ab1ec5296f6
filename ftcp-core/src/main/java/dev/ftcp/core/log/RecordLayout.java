package dev.ftcp.core.log;

import dev.ftcp.core.tcp.FlowKey;

/**
 * The payload of a log record, little-endian. Every record begins with the same three fields; what a record doesn't use is zero.
 *
 * <pre>
 *   0         8       12      16            24
 *   +---------+-------+-------+-------------+----------
 *   | epoch   | flow  | extra | offset      | ...
 *   +---------+-------+-------+-------------+----------
 *
 *   CLIENT_BYTES   -       stream offset | the bytes
 *   SERVER_BYTES   -       stream offset | the bytes
 *   SERVER_AT      tsval   stream offset
 *   ACKED          -       stream offset
 *   SAFE_POINT     -       client offset | server offset(8) | prelude
 *   CLIENT_FIN     -       stream offset
 *   SERVER_FIN     -       stream offset
 *   UNPROTECTED    -       0             | reason, printable ASCII
 *   CLOSED         reason  0
 *   SNAPSHOT_BEGIN -       0             (flow 0)
 *   SNAPSHOT_END   -       0             (flow 0)
 *   HANDOVER       -       next epoch    (flow 0)
 *
 *   OPENED: epoch, flow, extra = tsval, then
 *   16      56     60     64    68       72     73     74     75    80        88
 *   +-------+------+------+-----+--------+------+------+------+-----+---------+
 *   | key   | cisn | sisn | mss | window | cscl | sscl | bits | 0   | mac     |
 *   +-------+------+------+-----+--------+------+------+------+-----+---------+
 * </pre>
 */
final class RecordLayout {
    static final int OPENED = 1;
    static final int CLIENT_BYTES = 2;
    static final int SERVER_BYTES = 3;
    static final int SERVER_AT = 4;
    static final int ACKED = 5;
    static final int SAFE_POINT = 6;
    static final int CLIENT_FIN = 7;
    static final int SERVER_FIN = 8;
    static final int UNPROTECTED = 9;
    static final int CLOSED = 10;
    static final int SNAPSHOT_BEGIN = 11;
    static final int SNAPSHOT_END = 12;
    static final int HANDOVER = 13;

    static final int EPOCH = 0, FLOW = 8, EXTRA = 12, OFFSET = 16, FIXED = 24;
    static final int SAFE_SERVER = 24, PRELUDE = 32;
    static final int KEY = 16, CLIENT_ISN = KEY + FlowKey.BYTES, SERVER_ISN = 60, MSS = 64, WINDOW = 68;
    static final int CLIENT_SCALE = 72, SERVER_SCALE = 73, BITS = 74, MAC = 80, OPENED_BYTES = 88;
    static final int SACK_BIT = 1, TIMESTAMPS_BIT = 2, KNOWN_BITS = SACK_BIT | TIMESTAMPS_BIT;

    /** Largest offset: far from where sums overflow, and never reached. */
    static final long MAX_OFFSET = 1L << 62;

    /** Longest reason in bytes. */
    static final int MAX_REASON = 200;

    /** Flow of records that concern no connection. */
    static final int NO_FLOW = 0;

    private RecordLayout() {}

    static boolean validOffset(long offset) {
        return offset >= 0 && offset <= MAX_OFFSET;
    }

    static boolean printable(int c) {
        return c >= ' ' && c <= '~';
    }
}
