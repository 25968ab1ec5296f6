package dev.ftcp.core.adapter.kit;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Says whether a client could have seen a server stream without any takeover. */
@FunctionalInterface
public interface StreamOracle {
    /**
     * Judges one stream.
     *
     * @param seen everything that the client got, before and after the takeover
     * @param outcome how it went on
     * @return what is wrong with it, or null
     */
    @Nullable
    String violation(byte[] seen, Outcome outcome);

    /** How a continuation left its client. */
    enum Outcome {
        /** All requests were sent, and the connection is open. */
        OPEN,
        /** The server's side was closed. */
        ENDED,
        /** Reset: what was seen until then must be the beginning of a possible stream. */
        RESET
    }

    /** Exactly the recorded stream. */
    static StreamOracle exact(Dialogue dialogue) {
        return (seen, outcome) -> {
            byte[] server = dialogue.server();
            boolean prefix = seen.length <= server.length && Arrays.equals(seen, Arrays.copyOf(server, seen.length));
            if (!prefix) return "not the recorded stream";
            if (outcome == Outcome.RESET) return null;
            if (seen.length < server.length) return "stopped after " + seen.length + " of " + server.length + " bytes";
            return (outcome == Outcome.ENDED) == dialogue.serverCloses() ? null : "connection " + outcome;
        };
    }
}
