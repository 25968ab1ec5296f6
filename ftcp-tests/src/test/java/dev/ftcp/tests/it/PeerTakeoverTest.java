package dev.ftcp.tests.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.tests.peer.PeerNet;
import dev.ftcp.tests.peer.Stack;
import dev.ftcp.tests.peer.TcpPeer;
import java.net.InetAddress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** Clients that are not Linux live through a crash of the host: all of them through one. */
class PeerTakeoverTest {
    private static final int NEAR_WRAP = -2000, FIRST_ADDRESS = 200;
    private static final String REQUEST = "GET /16k.bin HTTP/1.1\r\nHost: peer\r\n\r\n";

    private static Map<String, Stack> stacks() {
        Map<String, Stack> all = new LinkedHashMap<>();
        all.put("plain", Stack.plain());
        all.put("uip", Stack.uip());
        all.put("lwip", Stack.lwip());
        all.put("bsd", Stack.bsd());
        all.put("windows", Stack.windows());
        all.put("numbers that wrap", Stack.bsd().withIsn(NEAR_WRAP));
        all.put("MSS 88", Stack.plain().withMss(88));
        all.put("MSS 536, timestamps", Stack.bsd().withMss(536));
        all.put("window scale 0", Stack.windows().withWindow(30_000, 0));
        all.put("window scale 14", Stack.windows().withWindow(1 << 20, 14));
        all.put("window of 200 bytes", Stack.plain().withWindow(200, -1));
        all.put("slow timestamps", Stack.bsd().withTimestamps(7, 10));
        all.put("fast timestamps", Stack.bsd().withTimestamps(-1000, 1_000_000));
        return all;
    }

    /** What one client does: asks again and again, one request after the other. */
    private static final class Conversation {
        final TcpPeer peer;
        final byte[] body;
        int asked;

        Conversation(TcpPeer peer, byte[] body) {
            this.peer = peer;
            this.body = body;
        }

        void ask() {
            asked++;
            peer.send(REQUEST.getBytes(ISO_8859_1));
        }

        /** Complete answers so far; a wrong byte in one, or a broken connection, is an error. */
        int answers() {
            assertThat(peer.trouble()).isNull();
            byte[] stream = peer.received();
            int at = 0, complete = 0;
            while (true) {
                String head = new String(stream, at, Math.min(1000, stream.length - at), ISO_8859_1);
                int end = head.indexOf("\r\n\r\n");
                if (end < 0) return complete;
                assertThat(head).startsWith("HTTP/1.1 200 OK\r\n");
                int bodyAt = at + end + 4, n = Math.min(body.length, stream.length - bodyAt);
                assertThat(Arrays.mismatch(stream, bodyAt, bodyAt + n, body, 0, n))
                        .as("first wrong byte of answer %d", complete + 1)
                        .isNegative();
                if (n < body.length) return complete;
                at = bodyAt + n;
                complete++;
            }
        }
    }

    @Test
    void everyPeerGoesOnWhereItWas() throws Exception {
        Lab.with(lab -> {
            lab.protect(Lab.webConfig());
            PeerNet net = lab.peers();
            byte[] body = Files.readAllBytes(Lab.WWW.resolve("16k.bin"));
            Map<String, Conversation> talks = new LinkedHashMap<>();
            int address = FIRST_ADDRESS;
            for (Map.Entry<String, Stack> stack : stacks().entrySet()) {
                InetAddress at = InetAddress.getByName("10.77.0." + address++);
                // One that is in the middle of an answer when the fault comes, and one that is idle then.
                talks.put(stack.getKey() + ", reading", talk(net, at, stack.getValue(), body));
                talks.put(stack.getKey() + ", idle", talk(net, at, stack.getValue(), body));
            }
            for (Map.Entry<String, Conversation> t : talks.entrySet())
                Lab.await("an answer to " + t.getKey(), () -> t.getValue().answers() == 1);
            List<Conversation> readers = new ArrayList<>();
            talks.forEach((name, talk) -> {
                if (name.endsWith("reading")) readers.add(talk);
            });
            for (Conversation t : readers) {
                t.peer.pause(true);
                for (int i = 0; i < 3; i++) t.ask();
            }
            Thread.sleep(300);
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            for (Conversation t : readers) t.peer.pause(false);
            for (Conversation t : talks.values()) t.ask();
            SoftAssertions each = new SoftAssertions();
            talks.forEach((name, talk) -> each.assertThatCode(
                            () -> Lab.await("all answers", () -> talk.answers() == talk.asked))
                    .as(name)
                    .doesNotThrowAnyException());
            each.assertAll();
        });
    }

    private static Conversation talk(PeerNet net, InetAddress at, Stack stack, byte[] body) {
        Conversation talk = new Conversation(new TcpPeer(net, at, stack).connect(), body);
        talk.ask();
        return talk;
    }
}
