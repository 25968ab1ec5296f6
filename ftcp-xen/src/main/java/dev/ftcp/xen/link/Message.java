package dev.ftcp.xen.link;

import dev.ftcp.xen.link.LinkException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What two daemons say before they share memory: the joiner's offer, then the owner's answer. {@link #BYTES} bytes each, so that they fit a place
 * of fixed size and what follows on a stream is never read along with them: lines {@code key=value} in UTF-8, then zeroes.
 */
public final class Message {
    /** Bytes of an encoded message. */
    public static final int BYTES = 1024;

    private static final String HOST = "host", REGION = "region", REFUSED = "refused";
    private static final String SERVICE = "service", DIGEST = "config", PROTOCOL = "protocol", LAYOUT = "layout";
    private static final int MAX_REASON = 250;

    private final Map<String, String> fields;

    private Message(Map<String, String> fields) {
        this.fields = fields;
    }

    /** Joiner to owner: who it is, and how the owner finds its region. */
    public static ByteBuffer offer(String host, Hello hello, String region) {
        return encode(Map.of(
                HOST, host,
                REGION, region,
                SERVICE, hello.service(),
                DIGEST, hello.configDigest(),
                PROTOCOL, Integer.toString(hello.protocolVersion()),
                LAYOUT, Integer.toString(hello.layoutVersion())));
    }

    /** Owner to joiner: the region is mapped. */
    public static ByteBuffer accepted(String host) {
        return encode(Map.of(HOST, host));
    }

    /** Owner to joiner: no, and why. */
    public static ByteBuffer refused(String host, String reason) {
        // Cut in characters: so many of three bytes each and a name fit.
        String cut = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
        return encode(Map.of(HOST, host, REFUSED, printable(cut)));
    }

    /**
     * Decodes {@link #BYTES} bytes at index 0.
     *
     * @throws IllegalArgumentException if they are no message
     */
    public static Message decode(ByteBuffer from) {
        int end = 0;
        while (end < BYTES && from.get(end) != 0) end++;
        byte[] text = new byte[end];
        from.get(0, text);
        Map<String, String> fields = new HashMap<>();
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
            if (line.isEmpty()) continue;
            int equals = line.indexOf('=');
            if (equals < 1) throw new IllegalArgumentException("line without key: " + printable(line));
            fields.put(line.substring(0, equals), printable(line.substring(equals + 1)));
        }
        return new Message(fields);
    }

    /** The name that the sender's configuration gives it. */
    public String host() {
        return required(HOST);
    }

    /** How the owner finds the region that is offered. */
    public String region() {
        return required(REGION);
    }

    /** Why the owner refuses, or null. */
    public @Nullable String refusal() {
        return fields.get(REFUSED);
    }

    /**
     * Owner: why this offer can't be accepted, or null.
     *
     * @param peer name of the host that may join
     * @param own what this owner says
     */
    public @Nullable String objection(String peer, Hello own) {
        if (host().equals(peer)) return own.mismatch(hello());
        return "this owner's peer is called " + peer + ", the joiner is called " + host() + "; check the host names";
    }

    /**
     * Joiner: reads the owner's answer.
     *
     * @param peer name of the host that should have answered
     * @throws LinkException REFUSED or OTHER_VERSION with the owner's reason, BROKEN if the answer makes no sense
     */
    public static void requireAccepted(ByteBuffer answer, String peer) throws LinkException {
        try {
            Message message = decode(answer);
            String refusal = message.refusal();
            if (refusal != null)
                throw new LinkException(
                        Hello.isOtherVersion(refusal) ? Reason.OTHER_VERSION : Reason.REFUSED,
                        peer + " refused: " + refusal);
            if (!message.host().equals(peer)) throw new IllegalArgumentException("it calls itself " + message.host());
        } catch (IllegalArgumentException e) {
            throw new LinkException(Reason.BROKEN, peer + " answered what makes no sense: " + e.getMessage(), e);
        }
    }

    private Hello hello() {
        return new Hello(required(SERVICE), required(DIGEST), number(PROTOCOL), number(LAYOUT));
    }

    private String required(String key) {
        String value = fields.get(key);
        if (value == null) throw new IllegalArgumentException("no " + key + " in the message");
        return value;
    }

    private int number(String key) {
        try {
            return Integer.parseInt(required(key));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " is not a number: " + required(key), e);
        }
    }

    private static ByteBuffer encode(Map<String, String> fields) {
        StringBuilder text = new StringBuilder();
        fields.forEach((key, value) -> {
            if (!value.equals(printable(value))) throw new IllegalArgumentException("control character in " + key);
            text.append(key).append('=').append(value).append('\n');
        });
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > BYTES)
            throw new IllegalArgumentException("message of " + bytes.length + " bytes, at most " + BYTES);
        return ByteBuffer.allocateDirect(BYTES).put(0, bytes);
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
