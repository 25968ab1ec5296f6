package dev.ftcp.core.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory for regions of tests, and access to their words. */
final class Memory {
    private Memory() {}

    static ByteBuffer of(RegionSpec spec) {
        return ByteBuffer.allocateDirect(spec.totalBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer copy(ByteBuffer memory) {
        return ByteBuffer.allocateDirect(memory.capacity())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(0, memory, 0, memory.capacity());
    }

    static int tailAt(RegionSpec spec) {
        return spec.laneOffset(0) + RegionLayout.TAIL_AT;
    }

    static int headAt(RegionSpec spec) {
        return spec.laneOffset(0) + RegionLayout.HEAD_AT;
    }

    static int dataAt(RegionSpec spec) {
        return spec.laneOffset(0) + RegionLayout.CONTROL_BYTES;
    }
}
