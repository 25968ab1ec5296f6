package dev.ftcp.core.ledger;

import dev.ftcp.core.memory.ByteLog;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one connection, on either side: how it was opened, the client's bytes since the safe point, what was
 * captured of the service's bytes that the client may still lack or that the safe point does not cover, and how far both are.
 *
 * <pre>
 *   client's stream   ...|safeClient ===== retained ===== clientEnd
 *   service's stream  ...|min(acked, safeServer) = retained, with gaps = serverEnd
 * </pre>
 *
 * Not thread-safe.
 */
public final class FlowLedger {
    private static final byte[] NO_PRELUDE = new byte[0];

    private Opening opening;
    private long tsvalAtNanos;
    private final ByteLog client;
    private final SparseLog server;
    private long clientEnd;
    private long acked;
    private long safeClient;
    private long safeServer;
    private byte[] prelude = NO_PRELUDE;
    private boolean clientFin;
    private boolean serverFin;
    private boolean continued;
    private final long sinceNanos;
    private @Nullable String unprotected;

    /**
     * A connection at offset 0 of both streams.
     *
     * @param limit most bytes retained of each direction
     * @param nowNanos this host's clock at the time when {@code opening.tsval()} was current
     */
    public FlowLedger(Opening opening, ChunkPool pool, long limit, long nowNanos) {
        this.opening = opening;
        this.tsvalAtNanos = nowNanos;
        this.sinceNanos = nowNanos;
        this.client = new ByteLog(pool, limit, 0);
        this.server = new SparseLog(pool, limit);
    }

    /** Whether the connection came to this host by a takeover. */
    public boolean continued() {
        return continued;
    }

    /** How long this host has known the connection, in nanoseconds. */
    public long age(long nowNanos) {
        return nowNanos - sinceNanos;
    }

    public Opening opening() {
        return opening;
    }

    /** The same connection under another id and clock, as it goes on at another owner. */
    public FlowLedger withOpening(Opening newOpening, long nowNanos) {
        opening = newOpening;
        continued = true;
        tsvalAtNanos = nowNanos;
        return this;
    }

    /** An estimate of the service's TCP timestamp clock, which ticks in milliseconds (RFC 7323, tcp_clock_ts). */
    public int tsval(long nowNanos) {
        return opening.tsval() + (int) ((nowNanos - tsvalAtNanos) / 1_000_000L);
    }

    /** End of the client's committed bytes; its FIN, if committed, follows. */
    public long clientEnd() {
        return clientEnd;
    }

    /** Everything of the client that is committed, its FIN included, as an acknowledgement number. */
    public int committedAck() {
        return Seq.at(opening.clientIsn(), clientEnd) + (clientFin ? 1 : 0);
    }

    /** End of what is known of the service's stream. */
    public long serverEnd() {
        return server.end();
    }

    public long acked() {
        return acked;
    }

    public long safeClient() {
        return safeClient;
    }

    public long safeServer() {
        return safeServer;
    }

    public byte[] prelude() {
        return prelude;
    }

    public boolean clientFin() {
        return clientFin;
    }

    public boolean serverFin() {
        return serverFin;
    }

    /** Why the connection can't be continued, or null while it can. */
    public @Nullable String unprotected() {
        return unprotected;
    }

    /** The client's retained bytes. */
    public ByteLog client() {
        return client;
    }

    /** The service's retained bytes. */
    public SparseLog server() {
        return server;
    }

    /** Whether nothing is known but the opening: the client may not even have heard that its SYN was taken. */
    public boolean fresh() {
        return clientEnd == 0 && server.end() == 0;
    }

    /** Bytes retained in both directions. */
    public long retained() {
        return client.end() - client.start() + server.retained();
    }

    /** The next bytes of the client; false if they exceed a limit, and then the connection must be {@link #unprotect}ed. */
    public boolean appendClient(ByteBuffer src, int index, int count) {
        if (unprotected == null && !client.append(src, index, count)) return false;
        clientEnd += count;
        return true;
    }

    /** The next captured bytes of the service; false if they exceed a limit. */
    public boolean appendServer(ByteBuffer src, int index, int count) {
        if (unprotected != null) server.skipTo(server.end() + count);
        else return server.append(src, index, count);
        return true;
    }

    /** The service's stream went on to {@code offset} without being captured. */
    public void serverAt(long offset) {
        server.skipTo(offset);
    }

    /** The client acknowledged the service's stream up to {@code offset}. */
    public void acked(long offset) {
        if (offset > acked) {
            acked = offset;
            server.trimTo(Math.min(acked, safeServer));
        }
    }

    /** A safe point: forgets what it makes needless. Offsets never decrease. */
    public void safePoint(long clientOffset, long serverOffset, byte[] newPrelude) {
        safeClient = clientOffset;
        safeServer = serverOffset;
        prelude = newPrelude;
        client.trimTo(clientOffset);
        server.trimTo(Math.min(acked, serverOffset));
    }

    /** As {@link #safePoint}, where a snapshot begins: both streams stand at these offsets and nothing is retained. */
    public void base(long clientOffset, long serverOffset, long ackedOffset, byte[] newPrelude) {
        client.reset(clientOffset);
        clientEnd = clientOffset;
        server.reset(Math.min(serverOffset, ackedOffset));
        acked = ackedOffset;
        safeClient = clientOffset;
        safeServer = serverOffset;
        prelude = newPrelude;
    }

    public void clientFin(boolean seen) {
        clientFin = seen;
    }

    public void serverFin(boolean seen) {
        serverFin = seen;
    }

    /** The connection can't be continued any more: keeps the first reason, frees what was retained. */
    public void unprotect(String reason) {
        if (unprotected != null) return;
        unprotected = reason;
        release();
    }

    /** Gives the memory back; positions stay. */
    public void release() {
        client.clear();
        long end = server.end();
        server.reset(end);
    }
}
