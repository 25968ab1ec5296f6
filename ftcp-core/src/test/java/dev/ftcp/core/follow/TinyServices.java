package dev.ftcp.core.follow;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ftcp.core.adapter.kit.Dialogue;
import dev.ftcp.core.adapter.kit.ServiceModel;
import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Dialogues of random requests with services of a few lines. */
final class TinyServices {
    private TinyServices() {}

    /** Requests with bodies, responses of fixed length, chunked and until the end, with validators and without. */
    static Dialogue http(Random random) {
        StringBuilder client = new StringBuilder();
        int requests = 1 + random.nextInt(6);
        for (int i = 0; i < requests; i++) {
            boolean last = i == requests - 1;
            String kind = new String[] {"fixed", "etag", "chunked"}[random.nextInt(3)];
            if (last && random.nextInt(4) == 0) kind = "close";
            int length = random.nextInt(4) == 0 ? random.nextInt(20_000) : random.nextInt(600);
            int posted = random.nextInt(3) == 0 ? random.nextInt(3_000) : 0;
            client.append(posted > 0 ? "POST" : "GET")
                    .append(" /")
                    .append(kind)
                    .append('/')
                    .append(length);
            client.append(" HTTP/1.1\r\nHost: x\r\n");
            if (posted > 0) client.append("Content-Length: ").append(posted).append("\r\n");
            client.append("\r\n").append("p".repeat(posted));
        }
        return Dialogue.record(
                "http", TinyServices::httpConnection, client.toString().getBytes(ISO_8859_1));
    }

    /** Lines of text that are answered by what they cause. */
    static Dialogue lines(Random random) {
        byte[] client = new byte[random.nextInt(10_000)];
        random.nextBytes(client);
        return Dialogue.record("lines", TinyServices::lineConnection, client);
    }

    private static ServiceModel.Connection lineConnection() {
        return new ServiceModel.Connection() {
            private int state;

            @Override
            public void receive(byte[] bytes, ServiceModel.Output out) {
                for (byte b : bytes) {
                    state = state * 31 + b;
                    if (b % 50 != 0) continue;
                    byte[] answer = new byte[state & 0x3FF];
                    new Random(state).nextBytes(answer);
                    out.send(answer);
                }
            }

            @Override
            public void fin(ServiceModel.Output out) {}
        };
    }

    private static ServiceModel.Connection httpConnection() {
        return new ServiceModel.Connection() {
            private final ByteArrayOutputStream in = new ByteArrayOutputStream();

            @Override
            public void receive(byte[] bytes, ServiceModel.Output out) {
                in.writeBytes(bytes);
                if (bytes[0] != '\n' && bytes[0] != 'p') return;
                String all = in.toString(ISO_8859_1);
                int end = all.indexOf("\r\n\r\n");
                int at = all.indexOf("Content-Length: ");
                int posted = at < 0 ? 0 : Integer.parseInt(all.substring(at + 16, all.indexOf('\r', at)));
                if (end < 0 || all.length() < end + 4 + posted) return;
                in.reset();
                String[] path = all.split(" ")[1].split("/");
                answer(path[1], Integer.parseInt(path[2]), out);
            }

            @Override
            public void fin(ServiceModel.Output out) {}
        };
    }

    private static void answer(String kind, int length, ServiceModel.Output out) {
        String body = "b".repeat(length / 2) + "c".repeat(length - length / 2);
        StringBuilder r = new StringBuilder("HTTP/1.1 200 OK\r\n");
        switch (kind) {
            case "etag" -> r.append("ETag: \"").append(length).append("\"\r\n");
            case "chunked" -> r.append("Transfer-Encoding: chunked\r\n");
            case "close" -> r.append("Connection: close\r\n");
            default -> {}
        }
        if (kind.equals("fixed") || kind.equals("etag"))
            r.append("Content-Length: ").append(length).append("\r\n");
        r.append("\r\n");
        if (!kind.equals("chunked")) {
            r.append(body);
        } else {
            for (int i = 0; i < length; i += 999) {
                int n = Math.min(999, length - i);
                r.append(Integer.toHexString(n))
                        .append("\r\n")
                        .append(body, i, i + n)
                        .append("\r\n");
            }
            r.append("0\r\n\r\n");
        }
        out.send(r.toString().getBytes(ISO_8859_1));
        if (kind.equals("close")) out.close();
    }
}
