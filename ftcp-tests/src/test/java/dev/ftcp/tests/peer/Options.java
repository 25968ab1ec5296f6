package dev.ftcp.tests.peer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** TCP options in the order in which they are asked for, padded with NOPs: what stacks agree on is up to the test. */
public final class Options {
    private static final int NOP = 1, MSS = 2, WINDOW_SCALE = 3, SACK_PERMITTED = 4, SACK = 5, TIMESTAMPS = 8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public Options mss(int mss) {
        return option(MSS, ByteBuffer.allocate(2).putShort((short) mss).array());
    }

    public Options windowScale(int shift) {
        return option(WINDOW_SCALE, (byte) shift);
    }

    public Options sackPermitted() {
        return option(SACK_PERMITTED);
    }

    public Options timestamps(int tsval, int tsecr) {
        return option(
                TIMESTAMPS, ByteBuffer.allocate(8).putInt(tsval).putInt(tsecr).array());
    }

    /** One block: bytes from {@code left} to before {@code right}. */
    public Options sack(int left, int right) {
        return option(SACK, ByteBuffer.allocate(8).putInt(left).putInt(right).array());
    }

    public Options nop() {
        bytes.write(NOP);
        return this;
    }

    /** The option field of a header: a multiple of 4 bytes. */
    public byte[] toBytes() {
        while (bytes.size() % 4 != 0) nop();
        return bytes.toByteArray();
    }

    private Options option(int kind, byte... value) {
        bytes.write(kind);
        bytes.write(2 + value.length);
        bytes.writeBytes(value);
        return this;
    }
}
