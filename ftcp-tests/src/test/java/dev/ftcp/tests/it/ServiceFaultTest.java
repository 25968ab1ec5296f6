package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service that dies, or is started anew, on a host that stays the owner: its connections wait, and go on there. */
class ServiceFaultTest {
    private static final int CONNECTIONS = 10;
    private static final int SOME = 100_000;

    @Test
    void aKilledServiceComesBackUnderItsConnections() throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.patientConfig("on-service-fault = \"restart\""));
            List<Workload> loads = loads(lab);
            dieAndComeBack(lab, "a");
            goOn(loads);
            assertThat(lab.verdict("a")).isEqualTo("PROTECTED");
            // What went on here is what the standby has: and there the same happens to connections that the relay
            // carries.
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            goOn(loads);
            dieAndComeBack(lab, "b");
            goOn(loads);
            for (Workload load : loads) load.finish(lab, "b");
        });
    }

    @Test
    void anOperatorStartsItAnew() throws Exception {
        Lab.with(lab -> {
            Path script = lab.resource("restart-nginx.sh");
            lab.protect(lab.patientConfig("restart-command = [\"/bin/sh\", \"" + script + "\", \""
                    + Lab.ROOT.resolve("configs/lab/nginx.conf") + "\"]"));
            assertThat(lab.succeeds("ctl", "b", "restart")).as("on the standby").isFalse();
            List<Workload> loads = loads(lab);
            restart(lab, "a");
            goOn(loads);
            lab.lab("ctl", "a", "switchover");
            lab.await("b", "PROTECTED");
            restart(lab, "b");
            goOn(loads);
            for (Workload load : loads) load.finish(lab, "b");
        });
    }

    @Test
    void oneThatHangsIsTakenOver() throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.patientConfig(
                    "health-interval = \"200ms\"", "health-send = \"GET /hello HTTP/1.0\\r\\n\\r\\n\""));
            List<Workload> loads = loads(lab);
            lab.lab("kill", "a", "nginx", "STOP");
            lab.await("b", "UNPROTECTED");
            assertThat(cause(lab, "b")).isNotEmpty();
            goOn(loads);
            for (Workload load : loads) load.finish(lab, "b");
        });
    }

    /** A crash of a service in a language with exceptions: no signal, but an exit status, and responses cut short. */
    @Test
    void oneThatExitsWithAFailureHasEndedNoResponse() throws Exception {
        Lab.with(lab -> {
            startFailing(lab, "1");
            assertThat(fetch(lab, "/fail")).isEqualTo(fetch(lab, "/whole"));
            assertThat(cause(lab, "a")).isNotEmpty();
            assertThat(lab.verdict("a")).isEqualTo("PROTECTED");
        });
    }

    /** The same on a connection that was taken over: the end that the relay hears is not the service's word. */
    @Test
    void norOneThatTheRelayCarries() throws Exception {
        Lab.with(lab -> {
            startFailing(lab, "1");
            for (String host : List.of("a", "b")) lab.run(host, "touch", "/run/failed");
            LabProgram asker = lab.program(
                    "client", "python3", lab.resource("asker.py").toString(), Target.V4.address(), "80", "/fail");
            Lab.await("an answer", () -> asker.count("answers") == 1);
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            lab.run("b", "rm", "/run/failed");
            asker.say("again");
            Lab.await("its answer, or an end", () -> asker.count("answers") == 2 || asker.ended());
            assertThat(asker.latest().get("bodies").getAsJsonArray().asList().stream()
                            .distinct())
                    .as("%s %s", asker.latest(), lab.losses())
                    .hasSize(1);
            assertThat(asker.count("answers")).isEqualTo(2);
            assertThat(lab.output("b", "ls", "/run/failed")).isNotEmpty();
        });
    }

    /** Status 0: it was told to end, and what it says then is its own word. */
    @Test
    void oneThatExitsWithoutIsBelieved() throws Exception {
        Lab.with(lab -> {
            startFailing(lab, "0");
            assertThat(fetch(lab, "/fail")).startsWith("18 ");
            assertThat(cause(lab, "a")).isEmpty();
        });
    }

    /** It has ended its own side and reads: the kernel closes such a socket without a FIN, and answers with RST what the client still says. */
    @ParameterizedTest
    @ValueSource(strings = {"half-closed", "half-closed (IPv6)"})
    void oneThatHasEndedItsSideHearsAllTheSame(String name) throws Exception {
        Lab.with(lab -> {
            TakeoverTable.Setting scripted = TakeoverTable.Setting.scripted("on-service-fault = \"restart\"");
            lab.protect(scripted.config(lab), "service", scripted.command(lab));
            Client client = Scene.of(lab, Fault.SERVICE_KILLED).client(name);
            client.open().say("half", "sum " + client.file()).end().pour(SOME);
            for (int deaths = 1; deaths <= 2; deaths++) { // in its own socket, then in the relay's
                Fault.SERVICE_KILLED.strike(lab, "service");
                lab.serve("a", "service", scripted.command(lab));
                client.pour(SOME);
                int before = deaths;
                Lab.await(
                        "the connection to go on",
                        () -> lab.status("a")
                                        .getAsJsonObject("totals")
                                        .get("continued")
                                        .getAsInt()
                                >= before);
            }
            client.half().close();
            client.summed("a", 3, SOME);
        });
    }

    /** On both hosts, and started anew by a loop around it whenever it ends. */
    private static void startFailing(Lab lab, String status) throws Exception {
        Path config = lab.patientConfig(
                "on-service-fault = \"restart\"",
                "listen = [\"" + Target.V4.address() + ":80\"]",
                "backend = \"127.0.0.1:80\"");
        String again = "while :; do python3 " + lab.resource("failing.py") + " 80 " + status + " /run/failed; done";
        lab.protect(config, "service", "sh", "-c", again);
    }

    /** curl's exit status and the SHA-256 of what it got. */
    private static String fetch(Lab lab, String path) {
        return lab.run(
                "client",
                "sh",
                "-c",
                "curl -s -m 60 " + Target.V4.url(path) + " >/run/got; echo $? $(sha256sum </run/got)");
    }

    private static List<Workload> loads(Lab lab) throws Exception {
        List<Workload> loads = new ArrayList<>();
        for (Target target : Target.ALL) {
            loads.add(Workload.KeepAlive.start(lab, target, CONNECTIONS));
            loads.add(Workload.Idle.start(lab, target));
        }
        for (Target target : Target.BOTH) {
            loads.add(Workload.Download.start(lab, target, "5M"));
            loads.add(Workload.Upload.start(lab, target, "5M"));
        }
        for (Workload load : loads) Lab.await("load", load::underWay);
        return loads;
    }

    private static void goOn(List<Workload> loads) throws InterruptedException {
        for (Workload load : loads) if (load instanceof Workload.KeepAlive clients) clients.goOn();
    }

    /** As a unit that is restarted by its manager. */
    private static void dieAndComeBack(Lab lab, String host) throws Exception {
        lab.lab("kill", host, "nginx");
        lab.nginx(host);
        Lab.await("connections on " + host, () -> cause(lab, host).contains("killed"));
        assertThat(lab.status(host)
                        .getAsJsonObject("last_takeover")
                        .get("resets")
                        .getAsInt())
                .as("%s", lab.losses())
                .isZero();
    }

    private static String cause(Lab lab, String host) {
        JsonObject last = lab.status(host).getAsJsonObject("last_takeover");
        return last == null ? "" : last.get("cause").getAsString();
    }

    private static void restart(Lab lab, String host) {
        JsonObject result = JsonParser.parseString(lab.lab("ctl", host, "restart", "--json"))
                .getAsJsonObject();
        assertThat(result.get("restarted").getAsBoolean()).as("%s", result).isTrue();
        assertThat(result.getAsJsonArray("lost")).as("%s", result).isEmpty();
    }
}
