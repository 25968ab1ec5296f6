package dev.ftcp.core.log;

import static dev.ftcp.core.log.RecordLayout.*;

import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.RingWriter;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;

/**
 * Writes log records onto a lane. Every method that returns a boolean returns false, and has written nothing, if the ring is full;
 * nothing is visible to the standby before {@link #publish}. No allocation but for {@link #unprotected}. One thread.
 *
 * <p>Arguments are the caller's own values: wrong ones are {@link IllegalArgumentException}s. All methods throw
 * {@link dev.ftcp.core.ring.RingCorruptException} if the consumer wrote nonsense.
 */
public final class LogWriter {
    private final RingWriter ring;
    private long epoch;

    /** Writes onto {@code ring}, with epoch 0 until {@link #epoch(long)} says otherwise. */
    public LogWriter(RingWriter ring) {
        this.ring = ring;
    }

    /** Sets the epoch that every later record carries; a reader drops records of an epoch older than one that it has seen. */
    public void epoch(long epoch) {
        if (epoch < 0 || epoch > Pairing.MAX_EPOCH) throw new IllegalArgumentException("epoch " + epoch);
        this.epoch = epoch;
    }

    /** Most bytes of one {@link #clientBytes}, {@link #serverBytes} or of a prelude. */
    public int maxPayload() {
        return ring.maxRecord() - PRELUDE;
    }

    /** See {@link LogHandler#opened}. */
    public boolean opened(Opening o) {
        int at = begin(OPENED, o.flow(), o.tsval(), OPENED_BYTES);
        if (at < 0) return false;
        ByteBuffer b = ring.buffer();
        o.key().write(b, at + KEY);
        b.putInt(at + CLIENT_ISN, o.clientIsn());
        b.putInt(at + SERVER_ISN, o.serverIsn());
        b.putInt(at + MSS, o.clientMss());
        b.putInt(at + WINDOW, o.clientWindow());
        b.putLong(at + CLIENT_SCALE, 0);
        b.put(at + CLIENT_SCALE, (byte) o.clientWindowScale());
        b.put(at + SERVER_SCALE, (byte) o.serverWindowScale());
        b.put(at + BITS, (byte) ((o.sack() ? SACK_BIT : 0) | (o.timestamps() ? TIMESTAMPS_BIT : 0)));
        b.putLong(at + MAC, o.peerMac());
        ring.commit();
        return true;
    }

    /**
     * Bytes of the client's stream, copied from {@code src} by absolute index.
     *
     * @param length 1 to {@link #maxPayload()}; the caller splits
     */
    public boolean clientBytes(int flow, long offset, ByteBuffer src, int index, int length) {
        return bytes(CLIENT_BYTES, flow, offset, src, index, length);
    }

    /** Bytes of the service's stream; arguments as in {@link #clientBytes}. */
    public boolean serverBytes(int flow, long offset, ByteBuffer src, int index, int length) {
        return bytes(SERVER_BYTES, flow, offset, src, index, length);
    }

    /** See {@link LogHandler#serverAt}. */
    public boolean serverAt(int flow, long offset, int tsval) {
        return fixed(SERVER_AT, flow, tsval, offset);
    }

    /** See {@link LogHandler#acked}. */
    public boolean acked(int flow, long offset) {
        return fixed(ACKED, flow, 0, offset);
    }

    /** See {@link LogHandler#safePoint}; a prelude has at most {@link #maxPayload()} bytes. */
    public boolean safePoint(int flow, long clientOffset, long serverOffset, byte[] prelude) {
        requireOffset(clientOffset);
        requireOffset(serverOffset);
        int at = begin(SAFE_POINT, flow, 0, PRELUDE + prelude.length);
        if (at < 0) return false;
        ByteBuffer b = ring.buffer();
        b.putLong(at + OFFSET, clientOffset);
        b.putLong(at + SAFE_SERVER, serverOffset);
        b.put(at + PRELUDE, prelude);
        ring.commit();
        return true;
    }

    /** See {@link LogHandler#clientFin}. */
    public boolean clientFin(int flow, long offset) {
        return fixed(CLIENT_FIN, flow, 0, offset);
    }

    /** See {@link LogHandler#serverFin}. */
    public boolean serverFin(int flow, long offset) {
        return fixed(SERVER_FIN, flow, 0, offset);
    }

    /** See {@link LogHandler#unprotected}; a reason is cut at 200 characters, and what is not printable ASCII becomes {@code ?}. */
    public boolean unprotected(int flow, String reason) {
        int length = Math.min(reason.length(), MAX_REASON);
        int at = begin(UNPROTECTED, flow, 0, FIXED + length);
        if (at < 0) return false;
        ByteBuffer b = ring.buffer();
        b.putLong(at + OFFSET, 0);
        for (int i = 0; i < length; i++) {
            char c = reason.charAt(i);
            b.put(at + FIXED + i, (byte) (printable(c) ? c : '?'));
        }
        ring.commit();
        return true;
    }

    /** See {@link LogHandler#closed}. */
    public boolean closed(int flow, int reason) {
        return fixed(CLOSED, flow, reason, 0);
    }

    /** See {@link LogHandler#snapshotBegin}. */
    public boolean snapshotBegin() {
        return fixed(SNAPSHOT_BEGIN, NO_FLOW, 0, 0);
    }

    /** See {@link LogHandler#snapshotEnd}. */
    public boolean snapshotEnd() {
        return fixed(SNAPSHOT_END, NO_FLOW, 0, 0);
    }

    /** See {@link LogHandler#handover}. */
    public boolean handover(long nextEpoch) {
        return fixed(HANDOVER, NO_FLOW, 0, nextEpoch);
    }

    /**
     * Makes all records so far visible: they are committed from here on. {@link RingWriter#needsDoorbell} is to be asked afterwards.
     *
     * @return whether there was anything to publish
     */
    public boolean publish() {
        return ring.publish();
    }

    /** The lane under this log. */
    public RingWriter ring() {
        return ring;
    }

    private boolean bytes(int type, int flow, long offset, ByteBuffer src, int index, int length) {
        requireOffset(offset);
        if (length < 1 || length > maxPayload())
            throw new IllegalArgumentException("payload of " + length + " bytes, must be 1 to " + maxPayload());
        int at = begin(type, flow, 0, FIXED + length);
        if (at < 0) return false;
        ByteBuffer b = ring.buffer();
        b.putLong(at + OFFSET, offset);
        b.put(at + FIXED, src, index, length);
        ring.commit();
        return true;
    }

    private boolean fixed(int type, int flow, int extra, long offset) {
        requireOffset(offset);
        int at = begin(type, flow, extra, FIXED);
        if (at < 0) return false;
        ring.buffer().putLong(at + OFFSET, offset);
        ring.commit();
        return true;
    }

    private int begin(int type, int flow, int extra, int length) {
        if (flow < 0) throw new IllegalArgumentException("flow " + flow);
        int at = ring.tryClaim(type, length);
        if (at < 0) return at;
        ByteBuffer b = ring.buffer();
        b.putLong(at + EPOCH, epoch);
        b.putInt(at + FLOW, flow);
        b.putInt(at + EXTRA, extra);
        return at;
    }

    private static void requireOffset(long offset) {
        if (!validOffset(offset)) throw new IllegalArgumentException("offset " + offset);
    }
}
