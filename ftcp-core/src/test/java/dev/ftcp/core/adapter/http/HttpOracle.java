package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ftcp.core.adapter.kit.Dialogue;
import dev.ftcp.core.adapter.kit.StreamOracle;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * An independent reader of responses. Each response of a stream must be one of the original or of the survivor, whole: the same
 * head but for the date, the same decoded body. The last one of a reset stream may be a beginning.
 */
final class HttpOracle implements StreamOracle {
    private record Message(String head, String body, boolean complete) {}

    private final Dialogue original;
    private final List<Boolean> heads = new ArrayList<>();
    private final List<Message> mine;
    private final List<Message> other;

    private final boolean dies;

    HttpOracle(Dialogue original, FakeHttp survivor) {
        dies = survivor.dieAfter() >= 0;
        this.original = original;
        for (String line : new String(original.client(), ISO_8859_1).split("\r\n")) {
            if (line.endsWith(" HTTP/1.1") || line.endsWith(" HTTP/1.0")) heads.add(line.startsWith("HEAD "));
        }
        mine = read(original.server(), true);
        other = read(Dialogue.record("survivor", survivor, original.client()).server(), true);
    }

    @Override
    public String violation(byte[] seen, Outcome outcome) {
        List<Message> got;
        try {
            got = read(seen, outcome == Outcome.ENDED && !dies); // who dies ends a body that only its end frames
        } catch (RuntimeException e) {
            return "unreadable: " + e + "\n" + new String(seen, ISO_8859_1);
        }
        for (int i = 0; i < got.size(); i++) {
            Message m = got.get(i);
            if (i >= mine.size() && i >= other.size()) return "a response too many";
            boolean fits = (i < mine.size() && fits(m, mine.get(i))) || (i < other.size() && fits(m, other.get(i)));
            if (!fits)
                return "response " + i + " is neither the original nor the survivor's: " + m + "\n" + mine.get(i);
            boolean mayBreakOff = outcome == Outcome.RESET || (dies && outcome == Outcome.ENDED);
            if (!m.complete && (i < got.size() - 1 || !mayBreakOff)) return "incomplete response " + i + " " + m;
        }
        if (outcome == Outcome.RESET || dies) return null;
        if (got.size() < mine.size()) return got.size() + " of " + mine.size() + " responses";
        return (outcome == Outcome.ENDED) == original.serverCloses() ? null : "connection " + outcome;
    }

    private static boolean fits(Message got, Message wanted) {
        if (got.complete) return got.equals(wanted);
        return wanted.head.startsWith(got.head) && wanted.body.startsWith(got.body);
    }

    private List<Message> read(byte[] bytes, boolean ended) {
        String s = new String(bytes, ISO_8859_1);
        List<Message> messages = new ArrayList<>();
        int at = 0;
        while (at < s.length()) {
            int end = s.indexOf("\r\n\r\n", at);
            if (end < 0) {
                String head = s.substring(at);
                if (!"HTTP/1.1 100 Continue\r\n\r\n".startsWith(head))
                    messages.add(new Message(undated(head), "", false));
                return messages;
            }
            String head = s.substring(at, end + 4);
            at = end + 4;
            if (head.startsWith("HTTP/1.1 100 ")) continue;
            boolean bodiless =
                    heads.get(messages.size()) || head.startsWith("HTTP/1.1 204") || head.startsWith("HTTP/1.1 304");
            int length = head.indexOf("Content-Length: ");
            if (bodiless) {
                messages.add(new Message(undated(head), "", true));
            } else if (head.contains("chunked")) {
                StringBuilder body = new StringBuilder();
                at = chunks(s, at, body);
                messages.add(new Message(undated(head), body.toString(), at >= 0));
                if (at < 0) return messages;
            } else if (length >= 0) {
                int n = Integer.parseInt(head.substring(length + 16, head.indexOf("\r\n", length)));
                int to = Math.min(s.length(), at + n);
                messages.add(new Message(undated(head), s.substring(at, to), to == at + n));
                at = to;
            } else {
                messages.add(new Message(undated(head), s.substring(at), ended));
                at = s.length();
            }
        }
        return messages;
    }

    /** End of the chunked body, or -1 if it is incomplete. Throws on wrong framing. */
    private static int chunks(String s, int from, StringBuilder body) {
        int at = from;
        while (true) {
            int line = s.indexOf("\r\n", at);
            if (line < 0) {
                for (int i = at; i < s.length(); i++) if (s.charAt(i) != '\r') HexFormat.fromHexDigit(s.charAt(i));
                return -1;
            }
            int n = HexFormat.fromHexDigits(s, at, line);
            at = line + 2;
            if (n == 0) {
                int end = s.indexOf("\r\n", at);
                if (end == at) return at + 2;
                if (end < 0) return -1;
                if (!s.startsWith("X-Sum: 1\r\n", at)) throw new IllegalStateException("wrong trailer");
                body.append("[trailer]");
                return s.startsWith("\r\n", end + 2) ? end + 4 : -1;
            }
            body.append(s, at, Math.min(s.length(), at + n));
            if (at + n + 2 > s.length()) return -1;
            if (!s.startsWith("\r\n", at + n)) throw new IllegalStateException("chunk does not end with CRLF");
            at += n + 2;
        }
    }

    private static String undated(String head) {
        String line = head.substring(head.lastIndexOf('\n') + 1);
        if (!line.isEmpty() && "Date: ".startsWith(line)) return head.substring(0, head.length() - line.length());
        int at = head.indexOf("Date: ");
        if (at < 0) return head;
        int end = head.indexOf("\r\n", at);
        if (end < 0) return head.substring(0, at);
        String date = head.substring(at + 6, end);
        if (!date.equals(FakeHttp.ORIGINAL.date()) && !date.equals(HttpKitTest.LATER))
            throw new IllegalStateException("date " + date);
        return head.substring(0, at) + head.substring(end + 2);
    }
}
