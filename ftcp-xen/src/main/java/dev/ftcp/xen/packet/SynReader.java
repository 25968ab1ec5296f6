package dev.ftcp.xen.packet;

import dev.ftcp.core.tcp.SynFields;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads what a captured SYN or SYN-ACK frame says about its connection. */
public final class SynReader {
    private SynReader() {}

    /**
     * Reads a whole captured frame.
     *
     * @return null if it is not a well-formed SYN or SYN-ACK
     */
    public static @Nullable SynFields read(ByteBuffer frame, int index, int length) {
        TcpFrameReader r = new TcpFrameReader();
        if (!r.wrap(frame, index, length)) return null;
        if (!r.has(FrameWriter.SYN) || r.has(FrameWriter.RST | FrameWriter.FIN)) return null;
        boolean fromService = r.has(FrameWriter.ACK);
        return new SynFields(
                fromService ? r.keyFromService() : r.keyFromClient(),
                fromService,
                r.seq(),
                r.ack(),
                r.window(),
                r.mss(),
                r.windowScale(),
                r.sackPermitted(),
                r.hasTimestamps(),
                r.tsval(),
                r.tsecr(),
                r.sourceMac(),
                r.targetMac());
    }
}
