package dev.ftcp.core.log;

import static dev.ftcp.core.log.RecordLayout.*;

import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.RecordHandler;
import dev.ftcp.core.ring.RingCorruptException;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads log records from a lane, and believes none of them: type, length, flow, offsets and epoch are checked before the handler sees
 * them. A record of an epoch older than the newest one seen is dropped and counted: its writer was deposed. One thread.
 */
public final class LogReader {
    private static final byte[] NOTHING = {};

    private final RingReader ring;
    private final int flows;
    private final RecordHandler onRecord = this::onRecord;
    private @Nullable LogHandler handler;
    private long epoch;
    private long stale;

    /**
     * @param ring the lane
     * @param flows bound of flow ids: 0 to {@code flows - 1} are valid
     */
    public LogReader(RingReader ring, int flows) {
        if (flows < 1) throw new IllegalArgumentException("bound of flow ids " + flows);
        this.ring = ring;
        this.flows = flows;
    }

    /**
     * Gives up to {@code limit} records to the handler, stale ones included in the count.
     *
     * @return records taken from the ring
     * @throws RingCorruptException if a record is not what a {@link LogWriter} writes; sticky
     */
    public int poll(LogHandler handler, int limit) {
        this.handler = handler;
        return ring.poll(onRecord, limit);
    }

    /** Raises the epoch below which records are dropped; never lowers it. */
    public void epoch(long epoch) {
        if (epoch > Pairing.MAX_EPOCH) throw new IllegalArgumentException("epoch " + epoch);
        this.epoch = Math.max(this.epoch, epoch);
    }

    /** The newest epoch seen or set. */
    public long epoch() {
        return epoch;
    }

    /** Records dropped because of their epoch. */
    public long stale() {
        return stale;
    }

    /** The lane under this log. */
    public RingReader ring() {
        return ring;
    }

    private boolean onRecord(int type, ByteBuffer b, int at, int length) {
        LogHandler to = handler;
        if (to == null) throw new AssertionError("poll sets the handler");
        if (length < FIXED) throw bad(type, "length", length);
        long recordEpoch = b.getLong(at + EPOCH);
        if (recordEpoch < 0 || recordEpoch > Pairing.MAX_EPOCH) throw bad(type, "epoch", recordEpoch);
        int flow = b.getInt(at + FLOW);
        if (flow < 0 || flow >= flows) throw bad(type, "flow", flow);
        if (recordEpoch < epoch) {
            stale++;
            return true;
        }
        epoch = recordEpoch;
        int extra = b.getInt(at + EXTRA);
        switch (type) {
            case OPENED -> to.opened(opening(b, at, exact(type, length, OPENED_BYTES), flow, extra));
            case CLIENT_BYTES -> to.clientBytes(flow, spanning(type, b, at, length), b, at + FIXED, length - FIXED);
            case SERVER_BYTES -> to.serverBytes(flow, spanning(type, b, at, length), b, at + FIXED, length - FIXED);
            case SERVER_AT -> to.serverAt(flow, offset(type, b, at, length), extra);
            case ACKED -> to.acked(flow, offset(type, b, at, length));
            case SAFE_POINT -> safePoint(to, flow, b, at, length);
            case CLIENT_FIN -> to.clientFin(flow, offset(type, b, at, length));
            case SERVER_FIN -> to.serverFin(flow, offset(type, b, at, length));
            case UNPROTECTED -> to.unprotected(flow, reason(b, at, length));
            case CLOSED -> {
                exact(type, length, FIXED);
                to.closed(flow, extra);
            }
            case SNAPSHOT_BEGIN -> {
                general(type, flow, length);
                to.snapshotBegin();
            }
            case SNAPSHOT_END -> {
                general(type, flow, length);
                to.snapshotEnd();
            }
            case HANDOVER -> {
                general(type, flow, length);
                to.handover(nextEpoch(b, at));
            }
            default -> throw bad(type, "type", type);
        }
        return true;
    }

    private static Opening opening(ByteBuffer b, int at, int length, int flow, int tsval) {
        // The peer can change the memory while it is read: the record's constructor checks the copies that are used.
        int bits = b.get(at + BITS);
        if ((bits & ~KNOWN_BITS) != 0) throw bad(OPENED, "option bits", bits);
        try {
            return new Opening(
                    flow,
                    FlowKey.read(b, at + KEY),
                    b.getInt(at + CLIENT_ISN),
                    b.getInt(at + SERVER_ISN),
                    b.getInt(at + MSS),
                    b.get(at + CLIENT_SCALE),
                    b.get(at + SERVER_SCALE),
                    (bits & SACK_BIT) != 0,
                    (bits & TIMESTAMPS_BIT) != 0,
                    tsval,
                    b.getLong(at + MAC),
                    b.getInt(at + WINDOW));
        } catch (IllegalArgumentException e) {
            throw new RingCorruptException(
                    "log record OPENED of flow " + flow + ", " + length + " bytes: " + e.getMessage());
        }
    }

    private static void safePoint(LogHandler to, int flow, ByteBuffer b, int at, int length) {
        if (length < PRELUDE) throw bad(SAFE_POINT, "length", length);
        long client = b.getLong(at + OFFSET);
        long server = b.getLong(at + SAFE_SERVER);
        if (!validOffset(client)) throw bad(SAFE_POINT, "client offset", client);
        if (!validOffset(server)) throw bad(SAFE_POINT, "server offset", server);
        to.safePoint(flow, client, server, copy(b, at + PRELUDE, length - PRELUDE));
    }

    private static String reason(ByteBuffer b, int at, int length) {
        if (length > FIXED + MAX_REASON) throw bad(UNPROTECTED, "length", length);
        byte[] text = copy(b, at + FIXED, length - FIXED);
        for (byte c : text) if (!printable(c)) throw bad(UNPROTECTED, "character", c);
        return new String(text, StandardCharsets.US_ASCII);
    }

    private static long nextEpoch(ByteBuffer b, int at) {
        long next = b.getLong(at + OFFSET);
        if (next < 0 || next > Pairing.MAX_EPOCH) throw bad(HANDOVER, "next epoch", next);
        return next;
    }

    private static long offset(int type, ByteBuffer b, int at, int length) {
        exact(type, length, FIXED);
        long offset = b.getLong(at + OFFSET);
        if (!validOffset(offset)) throw bad(type, "offset", offset);
        return offset;
    }

    private static long spanning(int type, ByteBuffer b, int at, int length) {
        long offset = b.getLong(at + OFFSET);
        if (length <= FIXED) throw bad(type, "length", length);
        if (!validOffset(offset)) throw bad(type, "offset", offset);
        return offset;
    }

    private static void general(int type, int flow, int length) {
        exact(type, length, FIXED);
        if (flow != NO_FLOW) throw bad(type, "flow", flow);
    }

    private static int exact(int type, int length, int wanted) {
        if (length != wanted) throw bad(type, "length", length);
        return length;
    }

    private static byte[] copy(ByteBuffer b, int at, int length) {
        if (length == 0) return NOTHING; // most preludes
        byte[] bytes = new byte[length];
        b.get(at, bytes);
        return bytes;
    }

    private static RingCorruptException bad(int type, String field, long value) {
        return new RingCorruptException("log record of type " + type + ": " + field + " " + value + " cannot be");
    }
}
