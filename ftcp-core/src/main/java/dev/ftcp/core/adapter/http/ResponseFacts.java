package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What two responses must have in common for one to be continued by the other. For takeovers; allocates.
 *
 * @param status status code
 * @param framing {@link BodyFraming} state at the start of the body: {@code DONE} if there is none
 * @param length of a body of framing {@code FIXED}, in bytes
 * @param closes whether the response ends the connection
 * @param strong whether it has a validator that vouches for every byte
 * @param fields values of the header fields that identify the representation, by lower-case name
 */
record ResponseFacts(
        int status, byte framing, long length, boolean closes, boolean strong, Map<String, String> fields) {
    private static final int NO_CONTENT = 204, NOT_MODIFIED = 304;
    private static final String[] IDENTIFYING = {
        "content-type", "content-encoding", "content-range", "etag", "last-modified", "location"
    };

    /** Reads the head that {@code parser} has just parsed; {@code kind} is that of the request. */
    static ResponseFacts of(HeadParser parser, byte[] head, int kind, boolean requestCloses) {
        BodyFraming body = new BodyFraming();
        frame(parser, kind, body);
        boolean untilClose = body.state() == BodyFraming.UNTIL_CLOSE;
        return new ResponseFacts(
                parser.status(),
                body.state(),
                body.remaining(),
                parser.closes() || requestCloses || untilClose,
                parser.has(HeadParser.STRONG),
                fields(head));
    }

    /** Sets {@code body} to the body that follows the head {@code parser} has just parsed (RFC 9112, section 6.3). */
    static void frame(HeadParser parser, int kind, BodyFraming body) {
        int status = parser.status();
        boolean none =
                (kind & HeadParser.HEAD) != 0 || status / 100 == 1 || status == NO_CONTENT || status == NOT_MODIFIED;
        if (none) body.fixed(0);
        else if (parser.has(HeadParser.CHUNKED)) body.chunked();
        else if (parser.has(HeadParser.LENGTH) && !parser.has(HeadParser.CODED)) body.fixed(parser.length());
        else body.untilClose();
    }

    /** Why {@code other} is not the same response as this one, or null if it is as far as heads can tell. */
    @Nullable
    String contradiction(ResponseFacts other) {
        if (status != other.status) return "status " + other.status + " instead of " + status;
        boolean bothFixed = framing == BodyFraming.FIXED && other.framing == BodyFraming.FIXED;
        if (bothFixed && length != other.length) return "length " + other.length + " instead of " + length;
        if ((framing == BodyFraming.DONE) != (other.framing == BodyFraming.DONE)) return "another body length";
        return contradictingField(other, null);
    }

    /** Whether {@code partial} is the rest of this response's body from {@code seen} on (RFC 9110, section 14.4). */
    boolean continuedBy(ResponseFacts partial, long seen) {
        String range = "bytes " + seen + "-" + (length - 1) + "/" + length;
        return partial.framing == BodyFraming.FIXED
                && partial.length == length - seen
                && range.equalsIgnoreCase(partial.fields.get("content-range"))
                && contradictingField(partial, "content-range") == null;
    }

    /** The value for {@code If-Range}: an entity tag, else a date; null if there is no strong validator. */
    @Nullable
    String validator() {
        if (!strong) return null;
        String tag = fields.get("etag");
        return tag != null ? tag : fields.get("last-modified");
    }

    private @Nullable String contradictingField(ResponseFacts other, @Nullable String except) {
        for (String name : IDENTIFYING) {
            String mine = fields.getOrDefault(name, "");
            String its = other.fields.getOrDefault(name, "");
            if (!name.equals(except) && !mine.equals(its)) return name + " '" + its + "' instead of '" + mine + "'";
        }
        return null;
    }

    private static Map<String, String> fields(byte[] head) {
        Map<String, String> found = new TreeMap<>();
        for (String line : new String(head, ISO_8859_1).split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon <= 0) continue;
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            for (String wanted : IDENTIFYING) {
                if (wanted.equals(name))
                    found.merge(name, line.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
            }
        }
        return found;
    }
}
