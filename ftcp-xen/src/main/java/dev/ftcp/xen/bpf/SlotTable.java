package dev.ftcp.xen.bpf;

import static dev.ftcp.xen.bpf.SlotLayout.*;

import dev.ftcp.core.tcp.Seq;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The connections' slots, shared with the programs: no call does a system call or allocates. Slots are counted from 0; sequence numbers
 * are as on the wire, windows unscaled.
 *
 * <p>The daemon's words have one writer, the thread that runs the connection. To take a slot: {@link #open}, then {@link Wrap#bind}. To give it
 * back: {@link Wrap#unbind}, then {@link #clear}. After {@link Wrap#close} every call throws {@link IndexOutOfBoundsException}.
 */
public final class SlotTable {
    /** Bits of {@link #seen}: the client sent a FIN, an RST; the service's socket reached CLOSE, was opened. */
    public static final int SEEN_FIN = 1, SEEN_RST = 2, SEEN_OPEN = 4;

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int size;
    private static final int SIGKILL = 9;

    private ByteBuffer words;

    SlotTable(ByteBuffer words, int size) {
        this.words = words;
        this.size = size;
    }

    /** Number of slots. */
    public int size() {
        return size;
    }

    /** Fills a slot that no connection is bound to. The programs don't look at it before {@link Wrap#bind}. */
    public void open(int slot, SlotStart start) {
        clear(slot);
        set(slot, COMMITTED_ACK, start.committedAck());
        set(slot, RCV_WSCALE, start.windowShift());
        set(slot, GENERATION, start.generation());
        set(slot, MAX_ACK, start.committedAck());
        set(slot, SENT_ACK, start.committedAck());
        set(slot, LAST_SEQ, start.nextSeq());
        set(slot, OWED, start.nextSeq());
        set(slot, SENT_RIGHT, start.rightEdge());
        set(slot, CLIENT_ACK, start.nextSeq());
        set(slot, CLIENT_WND, start.clientWindow());
        set(slot, CLIENT_TSVAL, start.clientTsval());
        set(slot, CLIENT_SEQ_END, start.committedAck());
        INT.setRelease(words, at(slot, FLAGS), F_LIVE | (start.open() ? F_OPEN : 0));
    }

    /** Empties a slot that no connection is bound to any more. */
    public void clear(int slot) {
        INT.setRelease(words, at(slot, FLAGS), 0);
        for (int i = 0; i < BYTES; i += Long.BYTES) LONG.setOpaque(words, at(slot, i), 0L);
    }

    /**
     * Lets ACKs up to {@code ack} leave. The store is ordered before the caller's next read of {@link #maxAck}: either the programs see it, or the
     * caller sees the ACK that they hold back.
     */
    public void commitAck(int slot, int ack) {
        INT.setOpaque(words, at(slot, COMMITTED_ACK), ack);
        VarHandle.fullFence();
    }

    /** Captures what the service sends from {@code seq} on. */
    public void want(int slot, int seq) {
        set(slot, WANT, seq);
        INT.setRelease(words, at(slot, WANT_MODE), WANT_FROM);
    }

    /** If the service's stream ends before {@code seq}, a response is cut short. */
    public void owes(int slot, int seq) {
        set(slot, OWED, seq);
    }

    /** Whether the service's stream, as far as it has left, ends within what is owed. */
    public boolean isOwing(int slot) {
        return Seq.before(get(slot, LAST_SEQ), get(slot, OWED));
    }

    /** Captures nothing of what the service sends. */
    public void wantNothing(int slot) {
        INT.setRelease(words, at(slot, WANT_MODE), WANT_NONE);
    }

    /** From now on the service's FIN and RST are those of a killed one. */
    public void silence(int slot) {
        set(slot, KILLED, 1 + SIGKILL);
    }

    /** Whether ACKs pass unclamped. */
    public void open(int slot, boolean on) {
        if (on) INT.getAndBitwiseOr(words, at(slot, FLAGS), F_OPEN);
        else INT.getAndBitwiseAnd(words, at(slot, FLAGS), ~F_OPEN);
    }

    /** Whether nothing of the client comes in but a reset: to be set between {@link #open(int, SlotStart)} and {@link Wrap#bind}. */
    public void deaf(int slot, boolean on) {
        if (on) INT.getAndBitwiseOr(words, at(slot, FLAGS), F_DEAF);
        else INT.getAndBitwiseAnd(words, at(slot, FLAGS), ~F_DEAF);
    }

    /** Nobody follows the connection any more: it passes, captured or not. */
    public void giveUp(int slot) {
        INT.getAndBitwiseOr(words, at(slot, FLAGS), F_OPEN | F_GIVEN_UP);
    }

    /**
     * Until {@code nanos} (CLOCK_BOOTTIME), an ACK of bytes that this host has not sent yet counts as one of all that it has sent: for a
     * connection that was taken over, whose client may get late what the old owner sent.
     */
    public void ahead(int slot, long nanos) {
        LONG.setRelease(words, at(slot, AHEAD_NS), nanos);
    }

    /** The client's ACK of {@code ack} − 1 counts as one of {@code ack}, not 0: see {@code fin_ack} in wrap.h. */
    public void finAck(int slot, int ack) {
        INT.setRelease(words, at(slot, FIN_ACK), ack);
    }

    public boolean isLive(int slot) {
        return (get(slot, FLAGS) & F_LIVE) != 0;
    }

    public boolean isOpen(int slot) {
        return (get(slot, FLAGS) & F_OPEN) != 0;
    }

    public int generation(int slot) {
        return get(slot, GENERATION);
    }

    /** Shift of the window that the service announces. */
    public int windowShift(int slot) {
        return get(slot, RCV_WSCALE);
    }

    public int committedAck(int slot) {
        return get(slot, COMMITTED_ACK);
    }

    /** Highest ACK that the service's kernel wanted to send. Above {@link #sentAck}: the client waits for it. */
    public int maxAck(int slot) {
        return get(slot, MAX_ACK);
    }

    /** Highest ACK that has left. */
    public int sentAck(int slot) {
        return get(slot, SENT_ACK);
    }

    /** After the highest byte (or FIN) of the service that has left. */
    public int lastSeq(int slot) {
        return get(slot, LAST_SEQ);
    }

    /** Window field of the service's last segment, relative to the ACK that the kernel gave it ({@link #maxAck}), not to a clamped one. */
    public int lastWindow(int slot) {
        return get(slot, LAST_WND);
    }

    /** TSval and TSecr of the service's last segment. */
    public int tsval(int slot) {
        return get(slot, TSVAL);
    }

    public int tsecr(int slot) {
        return get(slot, TSECR);
    }

    /** Right edge of the window that the client has been promised. */
    public int sentRight(int slot) {
        return get(slot, SENT_RIGHT);
    }

    /** Right edge of the window that the kernel wanted to announce, which it keeps; 0 before it announced one. */
    public int maxRight(int slot) {
        return get(slot, MAX_RIGHT);
    }

    /** Pure ACKs held back. */
    public int held(int slot) {
        return get(slot, HELD);
    }

    /** Segments that left with a lower ACK. */
    public int clamped(int slot) {
        return get(slot, CLAMPED);
    }

    /** FINs and RSTs swallowed. */
    public int swallowed(int slot) {
        return get(slot, SWALLOWED);
    }

    /** Segments of the service that were let out or held back. */
    public int packets(int slot) {
        return get(slot, PACKETS);
    }

    /** How the task failed that closed the socket: the signal that it died of, or its exit status shifted left by 8; 0 if it did not. */
    public int killedBy(int slot) {
        return Math.max(0, get(slot, KILLED) - 1);
    }

    /** When the service sent its last segment, CLOCK_BOOTTIME in nanoseconds. */
    public long lastNanos(int slot) {
        return (long) LONG.getOpaque(words, at(slot, LAST_NS));
    }

    /** Highest ACK of the client that acknowledges nothing unsent; not checked further. */
    public int clientAck(int slot) {
        return get(slot, CLIENT_ACK);
    }

    /** Window field that came with {@link #clientAck}. */
    public int clientWindow(int slot) {
        return get(slot, CLIENT_WND);
    }

    public int clientTsval(int slot) {
        return get(slot, CLIENT_TSVAL);
    }

    /** After the highest byte (or FIN) that the client sent, as far as the wire shows it: not checked. */
    public int clientSeqEnd(int slot) {
        return get(slot, CLIENT_SEQ_END);
    }

    /** {@link #SEEN_FIN}, {@link #SEEN_RST}, {@link #SEEN_OPEN}; they stay even when the ring had no room for the record. */
    public int seen(int slot) {
        return get(slot, SEEN);
    }

    /** Segments of the client. */
    public int clientPackets(int slot) {
        return get(slot, IN_PACKETS);
    }

    /** Segments of the client that were dropped because they could not be captured. */
    public int dropped(int slot) {
        return get(slot, DROPPED);
    }

    void close() {
        words = ByteBuffer.allocateDirect(0);
    }

    private int at(int slot, int word) {
        return slot * BYTES + word;
    }

    private int get(int slot, int word) {
        return (int) INT.getOpaque(words, at(slot, word));
    }

    private void set(int slot, int word, int value) {
        INT.setOpaque(words, at(slot, word), value);
    }
}
