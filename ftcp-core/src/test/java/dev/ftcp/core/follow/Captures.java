package dev.ftcp.core.follow;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.SynFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Builds records as the capture programs write them ({@code struct ft_rec}); each one has memory of its own. */
final class Captures {
    private static final int FRAME = 32 + FlowKey.BYTES;
    private static final byte[] NOTHING = new byte[0];

    private Captures() {}

    static CaptureRecord segment(
            int kind, FakeWrap.Slot slot, FlowKey key, int seq, int ack, int flags, byte[] payload, int captured) {
        ByteBuffer b = record(kind, slot.number, slot.generation, key, captured);
        b.putInt(12, seq).putInt(16, ack).putInt(20, payload.length).putInt(24, captured);
        b.putShort(28, (short) flags)
                .putShort(30, (short) 500)
                .putInt(48, slot.maxAck)
                .putInt(52, slot.tsRecent);
        b.put(CaptureRecord.HEADER, payload, 0, captured);
        return new CaptureRecord().wrap(b, 0);
    }

    /** A frame of the service that the gate swallowed; instead of headers it begins with its key. */
    static CaptureRecord held(FakeWrap.Slot slot, FlowKey key, int seq, int ack, int flags, byte[] payload) {
        ByteBuffer b = record(CaptureRecord.SERVER, slot.number, slot.generation, key, FRAME + payload.length);
        b.putInt(12, seq).putInt(16, ack).putInt(20, payload.length).putInt(24, FRAME + payload.length);
        b.putShort(28, (short) flags).putShort(30, (short) 500).putShort(52, (short) FRAME);
        int at = CaptureRecord.HEADER;
        b.putInt(at + 4, seq + payload.length + ((flags & CaptureRecord.FIN) != 0 ? 1 : 0));
        key.write(b, at + 32);
        b.put(at + FRAME, payload);
        return new CaptureRecord().wrap(b, 0);
    }

    /** KILLED or GONE. */
    static CaptureRecord event(int kind, FakeWrap.Slot slot, FlowKey key, int info) {
        ByteBuffer b = record(kind, slot.number, slot.generation, key, 0);
        b.putInt(48, info);
        return new CaptureRecord().wrap(b, 0);
    }

    /** A SYN or SYN-ACK, which {@link #parse} reads. */
    static CaptureRecord syn(FlowKey key, boolean fromService, int seq, int ack) {
        int kind = fromService ? CaptureRecord.SYN_ACK : CaptureRecord.SYN;
        ByteBuffer b = record(kind, CaptureRecord.NO_SLOT, 0, key, FRAME);
        b.putInt(20, FRAME).putInt(24, FRAME).putShort(52, (short) (fromService ? FRAME : 0));
        int at = CaptureRecord.HEADER;
        b.putInt(at, fromService ? 1 : 0).putInt(at + 4, seq).putInt(at + 8, ack);
        key.write(b, at + 32);
        return new CaptureRecord().wrap(b, 0);
    }

    static @Nullable SynFields parse(ByteBuffer frame, int index, int length) {
        if (length != FRAME) return null;
        boolean fromService = frame.getInt(index) == 1;
        int seq = frame.getInt(index + 4);
        FlowKey key = FlowKey.read(frame, index + 32);
        return new SynFields(
                key,
                fromService,
                seq,
                frame.getInt(index + 8),
                64_000,
                1460,
                7,
                true,
                true,
                1000,
                0,
                0x02AABBCCDDEEL,
                2);
    }

    private static ByteBuffer record(int kind, int slot, int generation, FlowKey key, int captured) {
        ByteBuffer b =
                ByteBuffer.allocateDirect(CaptureRecord.HEADER + captured).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, kind).putInt(4, slot).putInt(8, generation);
        key.write(b, 56);
        b.put(CaptureRecord.HEADER, NOTHING);
        return b;
    }
}
