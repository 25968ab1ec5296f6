package dev.ftcp.xen.shm;

import dev.ftcp.xen.link.Hello;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is said once on a fresh connection: the joiner's offer, then the owner's answer. {@link #BYTES} bytes each, so that what follows (doorbells)
 * is never read along with them: lines {@code key=value} in UTF-8, then zeroes.
 */
final class Message {
    /** Bytes of an encoded message. */
    static final int BYTES = 1024;

    private static final String HOST = "host", REGION = "region", REFUSED = "refused";
    private static final String SERVICE = "service", DIGEST = "config", PROTOCOL = "protocol", LAYOUT = "layout";
    private static final int MAX_REASON = 250;

    private final Map<String, String> fields;

    private Message(Map<String, String> fields) {
        this.fields = fields;
    }

    /** Joiner to owner: who it is, and the name of its region's file. */
    static ByteBuffer offer(String host, Hello hello, String regionFile) {
        return encode(Map.of(
                HOST, host,
                REGION, regionFile,
                SERVICE, hello.service(),
                DIGEST, hello.configDigest(),
                PROTOCOL, Integer.toString(hello.protocolVersion()),
                LAYOUT, Integer.toString(hello.layoutVersion())));
    }

    /** Owner to joiner: the region is mapped. */
    static ByteBuffer accepted(String host) {
        return encode(Map.of(HOST, host));
    }

    /** Owner to joiner: no, and why. */
    static ByteBuffer refused(String host, String reason) {
        // Cut in characters: so many of three bytes each and a name fit.
        String cut = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
        return encode(Map.of(HOST, host, REFUSED, printable(cut)));
    }

    /**
     * Decodes {@link #BYTES} bytes at index 0.
     *
     * @throws IllegalArgumentException if they are no message
     */
    static Message decode(ByteBuffer from) {
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

    String host() {
        return required(HOST);
    }

    String regionFile() {
        return required(REGION);
    }

    @Nullable
    String refusal() {
        return fields.get(REFUSED);
    }

    Hello hello() {
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
