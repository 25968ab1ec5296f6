package dev.ftcp.core.follow;

import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.SparseLog;
import java.nio.ByteBuffer;

/** Makes an adapter's session that stands where a ledger ends, by showing it everything since the safe point. */
public final class SessionRebuild {
    private SessionRebuild() {}

    /** A session that goes on following; the ledger is only read. */
    public static AdapterSession toFollow(FollowConfig config, FlowLedger ledger) {
        return replay(config.adapter().open(start(config, ledger)), ledger);
    }

    /** A session to be {@linkplain AdapterSession#resume resumed}; the ledger is only read. */
    public static AdapterSession toResume(FollowConfig config, FlowLedger ledger) {
        return replay(config.adapter().rebuild(start(config, ledger)), ledger);
    }

    private static SessionStart start(FollowConfig config, FlowLedger ledger) {
        return new SessionStart(ledger.safeClient(), ledger.safeServer(), ledger.prelude(), config.deterministic());
    }

    private static AdapterSession replay(AdapterSession session, FlowLedger ledger) {
        if (ledger.unprotected() != null) return session;
        ledger.client().forEachChunk(ledger.safeClient(), ledger.clientEnd(), (buffer, index, length) -> {
            session.onClient(buffer.duplicate().limit(index + length).position(index));
            return true;
        });
        if (ledger.clientFin()) session.onClientFin();
        ledger.server().forEach(ledger.safeServer(), ledger.serverEnd(), new SparseLog.Visitor() {
            @Override
            public void onBytes(long offset, ByteBuffer bytes) {
                session.onServer(bytes);
            }

            @Override
            public void onGap(long offset, long length) {
                session.onServerSkip(length);
            }
        });
        if (ledger.serverFin()) session.onServerFin();
        return session;
    }
}
