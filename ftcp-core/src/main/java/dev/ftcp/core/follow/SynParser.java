package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.SynFields;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads a captured SYN or SYN-ACK frame. */
@FunctionalInterface
public interface SynParser {
    /** Null if the frame is not a well-formed SYN or SYN-ACK. The buffer is valid during the call. */
    @Nullable
    SynFields parse(ByteBuffer frame, int index, int length);
}
