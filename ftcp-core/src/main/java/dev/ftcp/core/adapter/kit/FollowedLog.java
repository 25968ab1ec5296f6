package dev.ftcp.core.adapter.kit;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.SessionStart;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What a primary commits of a dialogue up to a cut: follows it with a session as the wrap does, in random segments. */
final class FollowedLog {
    private static final int LARGEST_SEGMENT = 600;

    private record SafePoint(long client, long server, byte[] prelude) {}

    private record Segment(int from, int to, boolean captured) {}

    private final byte[] client;
    private final byte[] server;
    private final Cut cut;
    private final Random random;
    private final List<SafePoint> safePoints = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private final AdapterSession session;
    private long want;

    private FollowedLog(Adapter adapter, Dialogue dialogue, Cut cut, boolean deterministic, Random random) {
        this.client = dialogue.client();
        this.server = dialogue.server();
        this.cut = cut;
        this.random = random;
        session = adapter.open(SessionStart.fresh(deterministic));
        int followed = 0;
        noteSafePoint();
        for (int at = 0; at < cut.committedServer(); ) {
            int to = Math.min(cut.committedServer(), at + 1 + random.nextInt(LARGEST_SEGMENT));
            int needed = dialogue.needed(to);
            if (followed < needed) followed = followClient(followed, needed);
            followServer(at, to);
            at = to;
        }
        followClient(followed, cut.committedClient());
    }

    static FollowedLog follow(Adapter adapter, Dialogue dialogue, Cut cut, boolean deterministic, Random random) {
        return new FollowedLog(adapter, dialogue, cut, deterministic, random);
    }

    private int followClient(int from, int to) {
        for (int at = from; at < to; ) {
            int end = Math.min(to, at + 1 + random.nextInt(LARGEST_SEGMENT));
            session.onClient(ByteBuffer.wrap(client, at, end - at).asReadOnlyBuffer());
            noteSafePoint();
            at = end;
        }
        return Math.max(from, to);
    }

    private void followServer(int from, int to) {
        boolean captured = to > session.wantServerFrom() || random.nextInt(4) == 0;
        if (captured) session.onServer(ByteBuffer.wrap(server, from, to - from).asReadOnlyBuffer());
        else session.onServerSkip(to - from);
        segments.add(new Segment(from, to, captured));
        noteSafePoint();
    }

    private void noteSafePoint() {
        if (session.wantServerFrom() < want) throw new AssertionError("wantServerFrom() decreased");
        want = session.wantServerFrom();
        SafePoint now = new SafePoint(
                session.safeClientOffset(),
                session.safeServerOffset(),
                session.safePrelude().clone());
        SafePoint last = safePoints.isEmpty() ? now : safePoints.get(safePoints.size() - 1);
        if (now.client < last.client || now.server < last.server) throw new AssertionError("safe point went back");
        if (safePoints.isEmpty() || now.client != last.client || now.server != last.server) safePoints.add(now);
    }

    /** Why the following session gave up, or null. */
    @Nullable
    String unprotectable() {
        return session.unprotectable();
    }

    /** One of the safe points that the client has reached: mostly the latest, sometimes one that lags. */
    SessionStart start(boolean deterministic) {
        int latest = 0;
        for (int i = 0; i < safePoints.size(); i++) if (safePoints.get(i).server <= cut.clientPosition()) latest = i;
        int chosen = random.nextInt(3) == 0 ? random.nextInt(latest + 1) : latest;
        SafePoint p = safePoints.get(chosen);
        return new SessionStart(p.client, p.server, p.prelude, deterministic);
    }

    /** Gives a rebuilt session what the log has from its start on: the client's bytes first. */
    void replayInto(AdapterSession rebuilt, SessionStart start) {
        for (int at = (int) start.clientOffset(); at < cut.committedClient(); ) {
            int end = Math.min(cut.committedClient(), at + 1 + random.nextInt(LARGEST_SEGMENT));
            rebuilt.onClient(ByteBuffer.wrap(client, at, end - at).asReadOnlyBuffer());
            at = end;
        }
        for (Segment s : segments) {
            int from = (int) Math.max(s.from, start.serverOffset());
            if (from >= s.to) continue;
            if (s.captured)
                rebuilt.onServer(ByteBuffer.wrap(server, from, s.to - from).asReadOnlyBuffer());
            else rebuilt.onServerSkip(s.to - from);
        }
    }
}
