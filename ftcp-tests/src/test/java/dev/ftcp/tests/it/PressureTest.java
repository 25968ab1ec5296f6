package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Smallest rings, daemons that are stopped again and again, busy processors: clients are slowed down and lose nothing, the pair stays a pair,
 * and a crash in the middle of it is survived. What is not protected is told.
 */
class PressureTest {
    private static final int CONNECTIONS = 200;
    private static final int BUSY = 4;
    private static final String ESTABLISHED = "ss -Htn state established '( sport = :80 )' | grep -q .";
    /** Times that a busy machine keeps, and stops of seconds are within. */
    private static final String[] RELAXED = {
        "lease = \"5s\"", "detect = \"8s\"", "standby-stall = \"10s\"", "size = \"256KiB\"", "capture = \"256KiB\""
    };

    @Test
    void nothingIsLostUnderPressure() throws Exception {
        Lab.with(lab -> {
            lab.protect(lab.config("", RELAXED));
            List<Workload> loads = List.of(
                    Workload.KeepAlive.start(lab, Target.V4, CONNECTIONS),
                    Workload.Download.start(lab, Target.V4, "9M"),
                    Workload.Upload.start(lab, Target.V4, "9M"));
            for (Workload load : loads) Lab.await("load", load::underWay);
            for (int i = 0; i < 5; i++) stop(lab, "a", 150);
            for (int i = 0; i < 3; i++) stop(lab, "b", 300);
            stop(lab, "a", 2500);
            stop(lab, "b", 2500);
            List<LabProgram> busy = new ArrayList<>();
            for (int i = 0; i < BUSY; i++) busy.add(lab.program("client", "sh", "-c", "while :; do :; done"));
            ((Workload.KeepAlive) loads.get(0)).goOn();

            JsonObject status = status(lab, "a");
            JsonObject counters = status.getAsJsonObject("counters");
            assertThat(counters.get("gate_capture_full_drops").getAsLong())
                    .as("segments that found the capture ring full: %s", status)
                    .isPositive();
            assertThat(counters.get("waits_for_log").getAsLong())
                    .as("waits for room in the log: %s", status)
                    .isPositive();
            assertThat(status.get("verdict").getAsString()).as("%s", status).isEqualTo("PROTECTED");
            assertThat(status.get("epoch").getAsInt())
                    .as("no takeover: %s", status)
                    .isEqualTo(1);
            assertThat(connections(status, "unprotected")).as("%s", status).isZero();
            assertThat(connections(status, "live")).as("%s", status).isGreaterThanOrEqualTo(CONNECTIONS + 2);
            assertThat(status(lab, "b").get("verdict").getAsString()).isEqualTo("STANDBY");

            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            SoftAssertions each = new SoftAssertions();
            loads.forEach(load -> each.assertThatCode(() -> load.finish(lab, "b"))
                    .as("%s", load)
                    .doesNotThrowAnyException());
            busy.forEach(LabProgram::end);
            each.assertAll();
        });
    }

    /** G6: a pair that is PROTECTED says how many connections are not, and why, whichever side knows it. */
    @Test
    void whatIsUnprotectedIsTold() throws Exception {
        Lab.with(lab -> {
            Path config = lab.config("", RELAXED);
            lab.nginx("a");
            lab.nginx("b");
            lab.lab("ftcpd", "a", config.toString());
            lab.await("a", "UNPROTECTED");
            // Alone, the gate lets pass what it can't capture: bytes of this upload, then the opening of that
            // connection.
            LabProgram upload = put(lab, "alone.bin");
            Lab.await("upload", () -> lab.succeeds("run", "a", "--", "sh", "-c", ESTABLISHED));
            lab.lab("kill", "a", "ftcpd", "STOP");
            Thread.sleep(500);
            Workload.Idle stranger = Workload.Idle.start(lab, Target.V4);
            Lab.await("a connection", stranger::underWay);
            lab.lab("kill", "a", "ftcpd", "CONT");
            Path small = lab.file("small.toml");
            Files.writeString(
                    small,
                    Files.readString(config)
                            .replaceAll("(?m)^retain-per-connection = .*$", "retain-per-connection = \"64KiB\""));
            lab.lab("ftcpd", "b", small.toString());
            lab.await("a", "PROTECTED");
            // The standby's own limit: only it knows.
            LabProgram large = put(lab, "large.bin");
            Lab.await("the standby's word", () -> connections(status(lab, "a"), "unprotected") == 3);

            JsonObject status = status(lab, "a");
            assertThat(connections(status, "protected")).as("%s", status).isZero();
            assertThat(status.get("reason").getAsString()).contains("3 connections are unprotected");
            assertThat(status.getAsJsonObject("connections")
                            .getAsJsonObject("reasons")
                            .keySet())
                    .as("%s", status)
                    .anyMatch(reason -> reason.startsWith("client bytes passed uncaptured"))
                    .anyMatch(reason -> reason.startsWith("not followed"))
                    .anyMatch(reason -> reason.startsWith("given up by the standby"));
            assertThat(status(lab, "b").toString()).contains("limits.retain reached on the standby");
            // Not protected, but alive.
            stranger.finish(lab, "a");
            upload.end();
            large.end();
            Lab.await("the end of all", () -> connections(status(lab, "a"), "live") == 0);
        });
    }

    private static void stop(Lab lab, String host, long millis) throws InterruptedException {
        lab.lab("kill", host, "ftcpd", "STOP");
        Thread.sleep(millis);
        lab.lab("kill", host, "ftcpd", "CONT");
        Thread.sleep(millis);
    }

    private static LabProgram put(Lab lab, String name) {
        String file = Lab.WWW.resolve(Workload.FILE).toString();
        String url = "http://" + Lab.VIP + "/upload/" + name;
        return lab.program("client", "curl", "-s", "-o", "/dev/null", "--limit-rate", "6M", "-T", file, url);
    }

    private static JsonObject status(Lab lab, String host) {
        return JsonParser.parseString(lab.lab("ctl", host, "status", "--json")).getAsJsonObject();
    }

    private static long connections(JsonObject status, String what) {
        return status.getAsJsonObject("connections").get(what).getAsLong();
    }
}
