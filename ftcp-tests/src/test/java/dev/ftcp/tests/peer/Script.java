package dev.ftcp.tests.peer;

import dev.ftcp.tests.peer.Segment.Fault;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of a TCP exchange, written down line by line:
 *
 * <pre>
 *   > S seq=0 &lt;mss 1460, sack, ts, wscale 7&gt;      sent; options only where they are written, except the timestamps
 *   < SA                                          awaited: the next segment with these flags; others are passed over
 *   > PA "hello"                                  the next 5 bytes
 *   > A seq=3 len=10 badsum                       10 bytes at 3, x for a filling, with a wrong checksum
 *   < A ack=6                                     awaited with this acknowledgement
 *   < "hello"                                     awaited: until the service's stream so far ends with this
 *   never R                                       fails if such a segment was seen so far
 *   wait 50                                       milliseconds
 * </pre>
 *
 * Numbers are relative: 0 is the SYN, 1 the first byte. What a line does not say is the usual: {@code seq} goes on where the highest one
 * ended, {@code ack} is all that has come, {@code win=65535}. Further words: {@code urg=POINTER}, {@code ts=VALUE} (timestamps count up by
 * themselves once agreed), {@code nots}, {@code fill=CHAR}, {@code badip} (wrong header checksum). Text has Java's escapes. {@code #} begins a comment.
 */
public final class Script {
    private static final Pattern WORD = Pattern.compile("<[^>]*>|\"[^\"]*\"|\\S+");
    private static final int WINDOW = 65535;
    private static final long POLL_MILLIS = 5, PATIENCE_MILLIS = 20_000;

    private final RawPeer peer;
    private int next;
    private int tsval;
    private boolean timestamps;

    /** @param tsval the first timestamp, if the script uses them */
    public Script(RawPeer peer, int tsval) {
        this.peer = peer;
        this.tsval = tsval;
    }

    /** Plays some lines; further ones may follow. */
    public Script play(String lines) {
        for (String line : lines.lines().map(String::strip).toList()) {
            if (line.isEmpty() || line.startsWith("#")) continue;
            try {
                step(line);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("at '" + line + "': " + e.getMessage(), e);
            }
        }
        return this;
    }

    private void step(String line) {
        Words words = Words.of(line);
        switch (line.charAt(0)) {
            case '>' -> send(words);
            case '<' -> await(line, words);
            case 'n' -> {
                int flags = Segment.flags(words.flags);
                if (peer.heard(s -> (s.flags() & flags) == flags)) throw new AssertionError("it was seen");
            }
            case 'w' -> sleep(Long.parseLong(words.flags));
            default -> throw new IllegalArgumentException("a line begins with >, <, never or wait");
        }
    }

    private void send(Words w) {
        int flags = Segment.flags(w.flags);
        byte[] data = w.data();
        Segment s = Segment.of(w.number("seq", next), w.number("ack", peer.rcvNxt()), flags, w.number("win", WINDOW));
        s = s.withPayload(data).withOptions(options(w, flags));
        if (w.value("urg") != null) s = s.withUrgent(w.number("urg", 0));
        if (w.has("badsum")) s = s.withFault(Fault.TCP_CHECKSUM);
        if (w.has("badip")) s = s.withFault(Fault.IP_CHECKSUM);
        if (s.end() - next > 0 && s.fault() == Fault.NONE) next = s.end();
        peer.send(s);
    }

    private byte[] options(Words w, int flags) {
        Options options = new Options();
        boolean syn = (flags & Segment.SYN) != 0;
        for (String option : w.options) {
            String[] parts = option.strip().split(" ");
            switch (parts[0]) {
                case "mss" -> options.mss(Integer.parseInt(parts[1]));
                case "wscale" -> options.windowScale(Integer.parseInt(parts[1]));
                case "sack" -> options.sackPermitted();
                case "nop" -> options.nop();
                case "ts" -> timestamps = syn || timestamps;
                default -> throw new IllegalArgumentException("no option " + option);
            }
        }
        boolean agreed = timestamps && (syn || peer.tsRecent() != 0);
        if (agreed && !w.has("nots")) {
            if (!syn && w.options.length == 0) options.nop().nop();
            options.timestamps(w.number("ts", tsval++), peer.tsRecent());
        }
        return options.toBytes();
    }

    private void await(String line, Words w) {
        String text = w.text;
        if (w.flags.isEmpty() && text != null) {
            awaitEnd(text);
            return;
        }
        int flags = Segment.flags(w.flags), telling = Segment.SYN | Segment.FIN | Segment.RST;
        Predicate<Segment> like = s -> (s.flags() & flags) == flags && (s.flags() & telling) == (flags & telling);
        if (w.value("ack") != null) like = like.and(s -> s.ack() == w.number("ack", 0));
        if (w.value("seq") != null) like = like.and(s -> s.seq() == w.number("seq", 0));
        if (text != null) like = like.and(s -> string(s.payload()).equals(text));
        peer.await(line, like);
    }

    private void awaitEnd(String text) {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!string(peer.received()).endsWith(text)) {
            if (System.currentTimeMillis() > end)
                throw new AssertionError("the service's stream is '" + string(peer.received()) + "'");
            sleep(POLL_MILLIS);
        }
    }

    private static String string(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The words of a line after its first. */
    private record Words(
            String flags, String[] options, @Nullable String text, String[] words) {
        static Words of(String line) {
            Matcher matcher =
                    WORD.matcher(line.substring(line.startsWith("never") ? 5 : line.startsWith("wait") ? 4 : 1));
            String flags = "", text = null;
            String[] options = {};
            StringBuilder rest = new StringBuilder();
            while (matcher.find()) {
                String word = matcher.group();
                String inner = word.substring(1, Math.max(1, word.length() - 1));
                if (word.startsWith("#")) break;
                if (word.startsWith("<")) options = inner.split(",");
                else if (word.startsWith("\"")) text = inner.translateEscapes();
                else if (flags.isEmpty() && !word.contains("=")) flags = word;
                else rest.append(word).append(' ');
            }
            return new Words(flags, options, text, rest.toString().split(" "));
        }

        boolean has(String word) {
            for (String w : words) if (w.equals(word)) return true;
            return false;
        }

        @Nullable
        String value(String name) {
            for (String w : words) if (w.startsWith(name + "=")) return w.substring(name.length() + 1);
            return null;
        }

        int number(String name, int otherwise) {
            String value = value(name);
            return value == null ? otherwise : (int) Long.parseLong(value);
        }

        byte[] data() {
            String fill = value("fill");
            String bytes = text != null ? text : (fill == null ? "x" : fill).repeat(number("len", 0));
            return bytes.getBytes(StandardCharsets.ISO_8859_1);
        }
    }
}
