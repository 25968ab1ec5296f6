package dev.ftcp.core.adapter.http;

import org.jspecify.annotations.Nullable;

/**
 * How one interrupted response is continued: the table of {@link HttpContinuation} as a decision.
 *
 * @param way null if it cannot be
 * @param again the way for a second attempt, if the first is answered with another range than was asked for
 * @param head what the service is sent as head of the request
 * @param refusal why it cannot be continued
 */
record Plan(@Nullable Resumption way, @Nullable Resumption again, byte[] head, String refusal) {
    private static final byte[] NOTHING = new byte[0];
    private static final int OK = 200;

    /** Decides for the request whose head is ready, and which the log answers incompletely. */
    static Plan of(LoggedResponse log, KeptBytes kept, ReplayedRequests requests, boolean deterministic) {
        if (!log.headSeen()) return replay(new PassWhole(NOTHING, log.interims()), requests);
        ResponseFacts facts = log.facts();
        if (facts != null && log.placeKnown()) return regenerate(facts, log, requests, deterministic);
        if (facts != null && !deterministic) {
            return refuse("the log does not tell where in its chunked body the client stands");
        }
        boolean ahead = log.position() > log.headStart() + log.headBytes().length;
        if (!ahead) return replay(new PassWhole(kept.copy(log.headStart(), log.position()), log.interims()), requests);
        boolean safe = (requests.kind() & HeadParser.SAFE) != 0;
        if (!safe && !deterministic) {
            return refuse("client is ahead of the log in the response to a request that is not safe to repeat");
        }
        return replay(
                new CatchUp(log.position(), log.headStart(), log.headBytes(), log.interims(), safe, deterministic),
                requests);
    }

    private static Plan regenerate(
            ResponseFacts facts, LoggedResponse log, ReplayedRequests requests, boolean deterministic) {
        SeenBody seen = log.seen();
        boolean safe = (requests.kind() & HeadParser.SAFE) != 0;
        if (!seen.captured() && !deterministic && !(safe && facts.strong())) {
            return refuse("client has body bytes that are not in the log and that no strong validator vouches for");
        }
        ChunkWalk place = log.chunks();
        BodyEncoder encoder = place == null ? BodyEncoder.plain() : BodyEncoder.chunks(place);
        Regenerate plain = new Regenerate(facts, log.payload(), seen, encoder, false);
        String validator = facts.validator();
        if (validator == null || !rangeable(facts, requests) || seen.payload() == 0) return replay(plain, requests);
        byte[] head = HeadLines.withRange(requests.head(), seen.payload(), validator);
        return new Plan(new Regenerate(facts, log.payload(), seen, encoder, true), plain, head, "");
    }

    private static boolean rangeable(ResponseFacts facts, ReplayedRequests requests) {
        int kind = requests.kind();
        return (kind & HeadParser.GET) != 0
                && (kind & (HeadParser.RANGE | HeadParser.EXPECT)) == 0
                && !requests.hasBody()
                && facts.status() == OK
                && facts.framing() == BodyFraming.FIXED;
    }

    private static Plan replay(Resumption way, ReplayedRequests requests) {
        return new Plan(way, null, requests.head(), "");
    }

    private static Plan refuse(String why) {
        return new Plan(null, null, NOTHING, why);
    }
}
