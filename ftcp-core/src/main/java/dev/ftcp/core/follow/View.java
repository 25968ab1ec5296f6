package dev.ftcp.core.follow;

import java.nio.ByteBuffer;

/** A part of a buffer as a buffer, without allocation as long as the parts are of one buffer: the capture ring. Not thread-safe. */
final class View {
    private ByteBuffer source = ByteBuffer.allocate(0);
    private ByteBuffer view = source;

    /** The bytes from {@code index} on; valid until the next call. */
    @SuppressWarnings("ReferenceEquality")
    ByteBuffer of(ByteBuffer buffer, int index, int length) {
        if (source != buffer) { // the same one, not an equal one
            source = buffer;
            view = buffer.duplicate().order(buffer.order());
        }
        return view.clear().limit(index + length).position(index);
    }
}
