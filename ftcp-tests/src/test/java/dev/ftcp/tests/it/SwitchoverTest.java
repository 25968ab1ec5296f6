package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.ftcp.tests.peer.PeerNet;
import dev.ftcp.tests.peer.RawPeer;
import dev.ftcp.tests.peer.Script;
import dev.ftcp.tests.peer.Segment;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A service that works is moved by one command, and back, without a client noticing; what cannot be moved stays where it is. */
class SwitchoverTest {
    private static final int CONNECTIONS = 10;

    @Test
    void everyLoadGoesAlongThereAndBack() throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.patientConfig());
            Map<String, Workload> loads = new LinkedHashMap<>();
            for (Target target : Target.ALL)
                loads.put("keep-alive clients of " + target, Workload.KeepAlive.start(lab, target, CONNECTIONS));
            loads.put("idle connection", Workload.Idle.start(lab, Target.V4));
            for (Target target : Target.BOTH) {
                loads.put("download from " + target, Workload.Download.start(lab, target, "5M"));
                loads.put("upload to " + target, Workload.Upload.start(lab, target, "5M"));
            }
            for (Map.Entry<String, Workload> load : loads.entrySet())
                Lab.await(load.getKey() + " to be under way", load.getValue()::underWay);
            String owner = "a", other = "b";
            for (int i = 0; i < 3; i++) {
                JsonObject result = switchOver(lab, owner);
                assertThat(result.get("switched_over").getAsBoolean())
                        .as("%s", result)
                        .isTrue();
                lab.await(other, "PROTECTED");
                JsonObject takeover = lab.status(other).getAsJsonObject("last_takeover");
                assertThat(takeover.get("resets").getAsInt()).as("%s", takeover).isZero();
                assertThat(takeover.get("cause").getAsString()).isEqualTo("switchover");
                for (Workload load : loads.values()) if (load instanceof Workload.KeepAlive clients) clients.goOn();
                String was = owner;
                owner = other;
                other = was;
            }
            for (Workload load : loads.values()) load.finish(lab, owner);
        });
    }

    @Test
    void whatWouldFailIsRefusedAndWhatFailsIsRolledBack() throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config("", "standby-stall = \"20s\"", "detect = \"3s\"", "lease = \"1s\""));
            Workload.KeepAlive clients = Workload.KeepAlive.start(lab, Target.V4, CONNECTIONS);
            Lab.await("clients to be under way", clients::underWay);
            assertThat(lab.succeeds("ctl", "a", "switchover", "--dry-run")).isTrue();
            assertThat(lab.succeeds("ctl", "b", "switchover"))
                    .as("from the standby")
                    .isFalse();
            lab.await("a", "PROTECTED");

            lab.lab("kill", "b", "nginx");
            Lab.await("a refusal", () -> !lab.succeeds("ctl", "a", "switchover", "--dry-run"));
            assertThat(lab.succeeds("ctl", "a", "switchover"))
                    .as("without the service there")
                    .isFalse();
            lab.await("a", "PROTECTED");
            lab.nginx("b");
            Lab.await("the service there", () -> lab.succeeds("ctl", "a", "switchover", "--dry-run"));

            // It sleeps when it is to take over, and finds its copy worthless when it wakes up.
            lab.lab("kill", "b", "ftcpd", "STOP");
            assertThat(switchOver(lab, "a").get("switched_over").getAsBoolean()).isFalse();
            assertThat(lab.status("a").get("reason").getAsString()).contains("rolled back");
            clients.goOn();
            lab.lab("kill", "b", "ftcpd", "CONT");
            lab.await("b", "STANDBY");
            lab.await("a", "PROTECTED");
            assertThat(lab.status("a").get("epoch").getAsLong()).isEqualTo(1);

            // And then it dies.
            Lab.await("the service there", () -> lab.succeeds("ctl", "a", "switchover", "--dry-run"));
            lab.lab("kill", "b", "ftcpd", "STOP");
            CompletableFuture<JsonObject> end = CompletableFuture.supplyAsync(() -> switchOver(lab, "a"));
            lab.await("a", "HANDOVER");
            lab.lab("kill", "b", "ftcpd");
            assertThat(end.get().get("switched_over").getAsBoolean()).isFalse();
            clients.goOn();
            lab.await("a", "UNPROTECTED");
            clients.finish(lab, "a");
        });
    }

    /** Said once, to the old owner, while it is silent and the new one does not answer yet: nobody has to say it again. */
    @Test
    void whatClientsSayMeanwhileIsHeard() throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.patientConfig());
            PeerNet net = lab.peers();
            RawPeer open = new RawPeer(net, InetAddress.getByName("10.77.0.200"), 1000);
            Script talk = new Script(open, 100);
            talk.play("""
                    > S <mss 1460, sack, ts, wscale 7>
                    < SA ack=1
                    > A
                    """);
            RawPeer opening = new RawPeer(net, InetAddress.getByName("10.77.0.201"), 2000);
            lab.lab("kill", "b", "ftcpd", "STOP");
            CompletableFuture<Void> switchover = CompletableFuture.runAsync(() -> lab.lab("ctl", "a", "switchover"));
            lab.await("a", "HANDOVER");
            new Script(opening, 100).play("> S <mss 1460, sack, ts, wscale 7>");
            talk.play("> PA \"GET /hello HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"");
            lab.lab("kill", "b", "ftcpd", "CONT");
            opening.await("SYN-ACK", s -> s.has(Segment.SYN));
            open.await("the question how far it is", s -> s.payload().length == 1 || s.has(Segment.SYN));
            talk.play("> A");
            open.await("answer", s -> s.payload().length > 1);
            assertThat(new String(open.received(), StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 200");
            switchover.get(60, TimeUnit.SECONDS);
        });
    }

    /** What {@code ftcpctl switchover} says, whether it succeeds or not. */
    private static JsonObject switchOver(Lab lab, String owner) {
        return JsonParser.parseString(lab.attempted("ctl", owner, "switchover", "--json"))
                .getAsJsonObject();
    }
}
