package dev.ftcp.core.memory;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes of a {@link ByteLog} that somebody else reads while the log goes on. What the log gives up meanwhile is kept until the loan is
 * closed, and nothing in it changes: a log only appends behind it. Made and closed on the log's thread; {@link #pieces} may be read on any
 * other in between.
 */
public final class Loan {
    private final ByteLog log;
    private final List<ByteBuffer> pieces;
    private final int[] handles;
    private int givenUp; // a log gives up its chunks in order
    private boolean firstIsSmall;
    private boolean closed;

    Loan(ByteLog log, List<ByteBuffer> pieces, int[] handles) {
        this.log = log;
        this.pieces = List.copyOf(pieces);
        this.handles = handles;
    }

    /** The bytes, position to limit of each buffer, in order. The memory is the pool's: not to be read after {@link #close}. */
    public List<ByteBuffer> pieces() {
        return pieces;
    }

    /** Ends the loan. Calling it again changes nothing. */
    public void close() {
        if (closed) return;
        closed = true;
        log.returned(Arrays.copyOf(handles, givenUp), firstIsSmall);
    }

    /** Whether the chunk, which the log gives up now, is the next of this loan: then it is freed at its end. */
    boolean keep(int handle, boolean small) {
        if (givenUp == handles.length || handles[givenUp] != handle) return false;
        if (givenUp++ == 0) firstIsSmall = small;
        return true;
    }
}
