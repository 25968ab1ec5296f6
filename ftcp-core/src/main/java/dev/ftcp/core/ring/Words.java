package dev.ftcp.core.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Ordered access to the 8-byte words that two processes share. Offsets must be 8-byte aligned in memory. */
final class Words {
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Words() {}

    static long acquire(ByteBuffer memory, int at) {
        return (long) WORD.getAcquire(memory, at);
    }

    static void release(ByteBuffer memory, int at, long value) {
        WORD.setRelease(memory, at, value);
    }

    static long getAndSet(ByteBuffer memory, int at, long value) {
        return (long) WORD.getAndSet(memory, at, value);
    }

    static boolean compareAndSet(ByteBuffer memory, int at, long expected, long next) {
        return WORD.compareAndSet(memory, at, expected, next);
    }
}
