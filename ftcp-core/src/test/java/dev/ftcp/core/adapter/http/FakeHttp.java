package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ftcp.core.adapter.kit.ServiceModel;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;

/** A small web server. Two instances with other properties stand for the original and the survivor. */
record FakeHttp(
        String date, boolean ranges, int chunk, String version, int failStatus, int dieAfter, boolean wrongRange)
        implements ServiceModel {
    static final FakeHttp ORIGINAL = new FakeHttp("Tue, 24 Nov 2026 10:00:00 GMT", true, 50, "1", 0, -1, false);

    FakeHttp date(String other) {
        return new FakeHttp(other, ranges, chunk, version, failStatus, dieAfter, wrongRange);
    }

    FakeHttp noRanges() {
        return new FakeHttp(date, false, chunk, version, failStatus, dieAfter, wrongRange);
    }

    FakeHttp wrongRanges() {
        return new FakeHttp(date, true, chunk, version, failStatus, dieAfter, true);
    }

    FakeHttp chunk(int other) {
        return new FakeHttp(date, ranges, other, version, failStatus, dieAfter, wrongRange);
    }

    FakeHttp version(String other) {
        return new FakeHttp(date, ranges, chunk, other, failStatus, dieAfter, wrongRange);
    }

    FakeHttp failing(int status) {
        return new FakeHttp(date, ranges, chunk, version, status, dieAfter, wrongRange);
    }

    FakeHttp dying(int bytes) {
        return new FakeHttp(date, ranges, chunk, version, failStatus, bytes, wrongRange);
    }

    @Override
    public Connection connect() {
        return new Served();
    }

    static byte[] body(String path, String version) {
        int length = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
        byte[] b = new byte[length];
        for (int i = 0; i < length; i++)
            b[i] = (byte) ('a' + Math.floorMod(i * 7 + i / 26 + (path + version).hashCode(), 26));
        return b;
    }

    private final class Served implements Connection {
        private final ByteArrayOutputStream in = new ByteArrayOutputStream();
        private boolean continued;
        private boolean closed;
        private int sent;

        @Override
        public void receive(byte[] bytes, Output out) {
            in.writeBytes(bytes);
            while (!closed && one(out)) continued = false;
        }

        @Override
        public void fin(Output out) {
            close(out);
        }

        private void close(Output out) {
            closed = true;
            out.close();
        }

        private void send(Output out, byte[] b) {
            if (closed) return;
            if (dieAfter >= 0 && sent + b.length > dieAfter) {
                out.send(Arrays.copyOf(b, dieAfter - sent));
                close(out);
                return;
            }
            sent += b.length;
            out.send(b);
        }

        private boolean one(Output out) {
            String all = in.toString(ISO_8859_1);
            int end = all.indexOf("\r\n\r\n");
            if (end < 0) return false;
            String head = all.substring(0, end + 2);
            int at = end + 4;
            byte[] body;
            if (head.contains("Expect: ") && !continued) {
                continued = true;
                send(out, "HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
            }
            if (head.contains("Transfer-Encoding: chunked")) {
                int last = all.indexOf("0\r\n\r\n", at);
                if (last < 0) return false;
                StringBuilder decoded = new StringBuilder();
                for (int i = at; i < last; ) {
                    int line = all.indexOf("\r\n", i);
                    int n = HexFormat.fromHexDigits(all, i, line);
                    decoded.append(all, line + 2, line + 2 + n);
                    i = line + 4 + n;
                }
                body = decoded.toString().getBytes(ISO_8859_1);
                at = last + 5;
            } else {
                String length = field(head, "Content-Length");
                int n = length == null ? 0 : Integer.parseInt(length);
                if (all.length() < at + n) return false;
                body = all.substring(at, at + n).getBytes(ISO_8859_1);
                at += n;
            }
            in.reset();
            in.writeBytes(all.substring(at).getBytes(ISO_8859_1));
            String[] line = head.substring(0, head.indexOf("\r\n")).split(" ");
            answer(line[0], line[1], head, body, out);
            if (!closed && (head.contains("Connection: close") || line[1].startsWith("/until-close"))) close(out);
            return true;
        }

        private void answer(String method, String path, String head, byte[] posted, Output out) {
            StringBuilder r = new StringBuilder();
            if (failStatus != 0) {
                r.append("HTTP/1.1 ")
                        .append(failStatus)
                        .append(" Failed\r\nDate: ")
                        .append(date);
                send(out, r.append("\r\nContent-Length: 0\r\n\r\n").toString().getBytes(ISO_8859_1));
                return;
            }
            String etag = "\"" + version + "-" + path.hashCode() + "\"";
            byte[] body = method.equals("POST") ? posted : body(path, version);
            int status = path.startsWith("/none") ? 204 : path.startsWith("/same") ? 304 : 200;
            String range = field(head, "Range");
            boolean fixed = !path.startsWith("/chunked") && !path.startsWith("/until-close");
            int from = 0;
            if (ranges && range != null && path.startsWith("/static") && etag.equals(field(head, "If-Range"))) {
                from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1)) + (wrongRange ? 1 : 0);
                status = 206;
            }
            r.append("HTTP/1.1 ")
                    .append(status)
                    .append(" Whatever\r\nServer: fake\r\nDate: ")
                    .append(date)
                    .append("\r\n");
            r.append("Content-Type: text/plain\r\n");
            if (path.startsWith("/static")) r.append("ETag: ").append(etag).append("\r\n");
            if (path.startsWith("/modified"))
                r.append("Last-Modified: Mon, 0").append(version).append(" Jan 2024 00:00:00 GMT\r\n");
            if (status == 206) {
                r.append("Content-Range: bytes ")
                        .append(from)
                        .append('-')
                        .append(body.length - 1)
                        .append('/')
                        .append(body.length);
                r.append("\r\n");
            }
            boolean bodiless = status == 204 || status == 304;
            if (fixed && !bodiless)
                r.append("Content-Length: ").append(body.length - from).append("\r\n");
            if (path.startsWith("/chunked")) r.append("Transfer-Encoding: chunked\r\n");
            if (path.startsWith("/until-close") || head.contains("Connection: close"))
                r.append("Connection: close\r\n");
            send(out, r.append("\r\n").toString().getBytes(ISO_8859_1));
            if (method.equals("HEAD") || bodiless) return;
            if (!path.startsWith("/chunked")) {
                send(out, Arrays.copyOfRange(body, from, body.length));
                return;
            }
            for (int i = 0; i < body.length; i += chunk) {
                int n = Math.min(chunk, body.length - i);
                send(out, (Integer.toHexString(n) + "\r\n").getBytes(ISO_8859_1));
                send(out, Arrays.copyOfRange(body, i, i + n));
                send(out, "\r\n".getBytes(ISO_8859_1));
            }
            String trailer = path.contains("trailer") ? "X-Sum: 1\r\n" : "";
            send(out, ("0\r\n" + trailer + "\r\n").getBytes(ISO_8859_1));
        }

        private static String field(String head, String name) {
            int at = head.indexOf("\r\n" + name + ": ");
            if (at < 0) return null;
            int from = at + name.length() + 4;
            return head.substring(from, head.indexOf("\r\n", from));
        }
    }
}
