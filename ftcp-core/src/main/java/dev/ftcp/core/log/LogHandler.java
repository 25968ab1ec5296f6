package dev.ftcp.core.log;

import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;

/**
 * Takes checked log records in the order in which they were committed. Ranges are checked (flow ids, offsets from 0 to 2^62); whether a
 * record makes sense after the ones before it is for the handler to judge: it throws
 * {@link dev.ftcp.core.ring.RingCorruptException} if not. All offsets are stream offsets. Calls come on the thread that polls.
 */
public interface LogHandler {
    /** A connection was opened, or is described by a snapshot. */
    void opened(Opening opening);

    /**
     * Bytes of the client's stream.
     *
     * @param bytes belongs to the ring, valid during the call; use absolute access only. The peer can change it at any time: copy first,
     *     then look
     * @param index absolute index of the first byte
     * @param length number of bytes, at least 1
     */
    void clientBytes(int flow, long offset, ByteBuffer bytes, int index, int length);

    /** Bytes of the service's stream; buffer as in {@link #clientBytes}. */
    void serverBytes(int flow, long offset, ByteBuffer bytes, int index, int length);

    /** The service's stream reached {@code offset}, by bytes that were not captured; {@code tsval} is its newest timestamp. */
    void serverAt(int flow, long offset, int tsval);

    /** The client acknowledged the service's stream up to {@code offset}. */
    void acked(int flow, long offset);

    /**
     * The connection may be cut here.
     *
     * @param prelude what a new service instance must be sent first; an array that the handler may keep
     */
    void safePoint(int flow, long clientOffset, long serverOffset, byte[] prelude);

    /** The client's stream ends at {@code offset}. */
    void clientFin(int flow, long offset);

    /** The service's stream ends at {@code offset}. */
    void serverFin(int flow, long offset);

    /** The connection can't be continued any more; the reason is printable ASCII. */
    void unprotected(int flow, String reason);

    /** The connection is over, its id is free; {@code reason} is a code of the writer's. */
    void closed(int flow, int reason);

    /** What follows until {@link #snapshotEnd} brings a new standby up to date, mixed with live records. */
    void snapshotBegin();

    /** Every live connection is in. */
    void snapshotEnd();

    /** The primary wants the standby to take over, with this epoch. */
    void handover(long nextEpoch);
}
