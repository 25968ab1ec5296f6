package dev.ftcp.core.adapter.opaque;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ResumePoint;
import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.adapter.Unresumable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows a connection whose protocol is not known: the safe point stays where it began, and every server byte must be seen. Of
 * these only a running hash is kept, with {@link Checkpoints}, so that output is verified without being retained.
 */
final class OpaqueSession implements AdapterSession {
    private static final byte[] NO_PRELUDE = new byte[0];

    private final SessionStart start;
    private final StreamHash hash = new StreamHash();
    private final Checkpoints checkpoints = new Checkpoints();
    private long seen; // server bytes since the start
    private @Nullable String unprotectable;

    OpaqueSession(SessionStart start) {
        this.start = start;
    }

    @Override
    public void onClient(ByteBuffer bytes) {
        // The ledger retains the client's bytes; nothing depends on what they are.
    }

    @Override
    public void onServer(ByteBuffer bytes) {
        int i = bytes.position();
        int end = bytes.limit();
        while (i < end) {
            int n = (int) Math.min(end - i, Checkpoints.INTERVAL - seen % Checkpoints.INTERVAL);
            hash.update(bytes, i, i + n);
            i += n;
            seen += n;
            if (seen % Checkpoints.INTERVAL == 0) checkpoints.add(hash.value());
        }
    }

    @Override
    public void onServerSkip(long length) {
        if (length > 0 && unprotectable == null) unprotectable = "server bytes were not captured";
    }

    @Override
    public void onClientFin() {
        // Replayed by the continuation.
    }

    @Override
    public void onServerFin() {
        // Told by the resume point.
    }

    @Override
    public long wantServerFrom() {
        return unprotectable == null ? start.serverOffset() + seen : Long.MAX_VALUE;
    }

    @Override
    public long safeClientOffset() {
        return start.clientOffset();
    }

    @Override
    public long safeServerOffset() {
        return start.serverOffset();
    }

    @Override
    public byte[] safePrelude() {
        return NO_PRELUDE;
    }

    @Override
    public @Nullable String unprotectable() {
        return unprotectable;
    }

    @Override
    public Continuation resume(ResumePoint at) {
        if (unprotectable != null) return new Unresumable(unprotectable);
        if (at.clientAhead() && !start.deterministic()) {
            return new Unresumable("client is ahead of the log and the service is not declared deterministic");
        }
        long position = at.clientPosition() - at.safeServer();
        long checkpoint = checkpoints.after(position);
        boolean atCheckpoint = checkpoint >= 0 && checkpoint <= seen;
        long verifyAt = atCheckpoint ? checkpoint : seen;
        long expected = atCheckpoint ? checkpoints.at(checkpoint) : hash.value();
        if (verifyAt - position > OpaqueContinuation.MAX_HELD) {
            return new Unresumable("client is further behind the log than its checkpoints go back");
        }
        long total = at.serverFin() ? seen : Long.MAX_VALUE;
        return new OpaqueContinuation(at.safeServer(), position, verifyAt, expected, total);
    }
}
