package dev.ftcp.xen.bpf;

import dev.ftcp.core.capture.CaptureHandler;
import dev.ftcp.core.capture.CaptureRecord;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The consumer's side of the kernel's BPF ring buffer (kernel/bpf/ringbuf.c). The kernel maps its data twice in a row, so that a
 * record is never cut at the end.
 *
 * <pre>
 *   page 0 (writable)  page 1              then 2 x size
 *   consumer position  producer position   | header: length, busy bit 31, discard bit 30; page offset | record | pad to 8 | ...
 * </pre>
 *
 * One thread drains. To sleep: {@link #prepareSleep}, and only if it says so wait on {@link #fd()} (epoll, EPOLLIN), then
 * {@link #awake}. After {@link Wrap#close} every call throws {@link IndexOutOfBoundsException}.
 */
public final class CaptureRing {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BUSY = 1 << 31, DISCARD = 1 << 30, HEADER = 8;

    /** Space goes back to the kernel in steps: a store for each record would take the cache line from it each time. */
    private static final int GIVE_BACK = 64 << 10;

    private final int fd;
    private final int size;
    private final Gate gate;
    private final CaptureRecord record = new CaptureRecord();
    private ByteBuffer consumerPage;
    private ByteBuffer producerPage;
    private ByteBuffer data;
    private long consumer;
    private long producer;

    CaptureRing(int fd, int size, Gate gate, ByteBuffer consumerPage, ByteBuffer producerPage, ByteBuffer data) {
        this.fd = fd;
        this.size = size;
        this.gate = gate;
        this.consumerPage = consumerPage;
        this.producerPage = producerPage;
        this.data = data;
        this.consumer = (long) LONG.getAcquire(consumerPage, 0);
        this.producer = consumer;
    }

    /** Becomes readable when a program finds the daemon asleep. Owned by the wrap. */
    public int fd() {
        return fd;
    }

    /** Bytes that wait to be drained, headers included; from any thread. */
    public long backlog() {
        return (long) LONG.getAcquire(producerPage, 0) - (long) LONG.getAcquire(consumerPage, 0);
    }

    /** How far it is filled: a position that only grows, records that are still being written included; from any thread. */
    public long captured() {
        return (long) LONG.getAcquire(producerPage, 0);
    }

    /** How far it is drained, as a position of {@link #captured}. For the thread that drains. */
    public long drained() {
        return consumer;
    }

    /** Bytes that the ring holds. */
    public int size() {
        return size;
    }

    /**
     * Hands records over in order until the ring is empty, {@code limit} is reached or the handler refuses one, which is then the first
     * one of the next call. If the handler throws, the record that it was given counts as refused, and it is not asked before the memory of
     * those before it is given back.
     *
     * @param limit most records to hand over
     * @return records that the handler took
     */
    public int drain(CaptureHandler handler, int limit) {
        int taken = 0;
        long position = consumer, given = consumer;
        try {
            while (taken < limit) {
                if (position == producer) {
                    producer = (long) LONG.getAcquire(producerPage, 0);
                    if (position == producer) break;
                }
                int at = (int) (position & (size - 1));
                int header = (int) INT.getAcquire(data, at);
                if ((header & BUSY) != 0) break; // reserved, and still being filled on another CPU
                if ((header & DISCARD) == 0) {
                    if (!handler.onCapture(record.wrap(data, at + HEADER))) break;
                    taken++;
                }
                position += HEADER + (((header & ~(BUSY | DISCARD)) + 7) & ~7);
                if (position - given >= GIVE_BACK) {
                    handler.beforeReuse();
                    LONG.setRelease(consumerPage, 0, position);
                    given = position;
                }
            }
            if (position != given) handler.beforeReuse();
        } finally {
            consumer = position;
            if (position != given) LONG.setRelease(consumerPage, 0, position);
        }
        return taken;
    }

    /**
     * Announces that the caller goes to sleep, and looks once more: a program either sees the announcement and wakes, or its record is seen
     * here. Returns false, and withdraws the announcement, if there is something to drain.
     */
    public boolean prepareSleep() {
        gate.sleeping();
        producer = (long) LONG.getAcquire(producerPage, 0);
        if (producer == consumer) return true;
        gate.awake();
        return false;
    }

    /** Withdraws the announcement of {@link #prepareSleep}: from here on nobody spends time on waking. */
    public void awake() {
        gate.awake();
    }

    void close() {
        consumerPage = producerPage = data = ByteBuffer.allocateDirect(0);
    }
}
