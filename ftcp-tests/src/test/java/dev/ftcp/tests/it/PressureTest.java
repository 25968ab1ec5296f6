package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Smallest rings, daemons that are stopped again and again, busy processors: clients are slowed down and lose nothing, the pair stays a pair,
 * and a crash in the middle of it is survived.
 */
class PressureTest {
    private static final int CONNECTIONS = 200;
    private static final int BUSY = 4;
    /** Bytes per second: both transfers take longer than all that comes before the crash, and less than the clients' patience. */
    private static final String SLOW = "3M";

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
                    Workload.Download.start(lab, Target.V4, SLOW),
                    Workload.Upload.start(lab, Target.V4, SLOW));
            for (Workload load : loads) Lab.await("load", load::underWay);
            for (int i = 0; i < 5; i++) stop(lab, "a", 150);
            for (int i = 0; i < 3; i++) stop(lab, "b", 300);
            stop(lab, "a", 2500);
            stop(lab, "b", 2500);
            List<LabProgram> busy = new ArrayList<>();
            for (int i = 0; i < BUSY; i++) busy.add(lab.program("client", "sh", "-c", "while :; do :; done"));
            ((Workload.KeepAlive) loads.get(0)).goOn();

            JsonObject status = lab.status("a");
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
            assertThat(lab.status("b").get("verdict").getAsString()).isEqualTo("STANDBY");

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

    private static void stop(Lab lab, String host, long millis) throws InterruptedException {
        lab.lab("kill", host, "ftcpd", "STOP");
        Thread.sleep(millis);
        lab.lab("kill", host, "ftcpd", "CONT");
        Thread.sleep(millis);
    }

    private static long connections(JsonObject status, String what) {
        return status.getAsJsonObject("connections").get(what).getAsLong();
    }
}
