package dev.ftcp.core.adapter.http;

/**
 * What follows after a piece of a regenerated response.
 *
 * @param kind what to do
 * @param at for {@code NEXT}: server offset of the end of the response
 * @param reason for {@code RESET}
 */
record Step(Kind kind, long at, String reason) {
    /** The possibilities. */
    enum Kind {
        /** More of this response is needed. */
        MORE,
        /** Requests may be sent on: the way in which this response is continued is settled. */
        SETTLED,
        /** The client's stream is aligned with the service's: from here on everything passes. */
        PASS,
        /** The client has all of this response: go on with the next exchange. */
        NEXT,
        /** Ask the service again, on a new connection and in the ordinary way. */
        RETRY,
        /** The response is complete and ends the connection. */
        END,
        /** The connection cannot be continued. */
        RESET
    }

    static final Step MORE = new Step(Kind.MORE, 0, "");
    static final Step SETTLED = new Step(Kind.SETTLED, 0, "");
    static final Step PASS = new Step(Kind.PASS, 0, "");
    static final Step RETRY = new Step(Kind.RETRY, 0, "");
    static final Step END = new Step(Kind.END, 0, "");

    static Step next(long at) {
        return new Step(Kind.NEXT, at, "");
    }

    static Step reset(String reason) {
        return new Step(Kind.RESET, 0, reason);
    }
}
