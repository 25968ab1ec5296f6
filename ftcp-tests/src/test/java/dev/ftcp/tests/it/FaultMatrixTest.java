package dev.ftcp.tests.it;

import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every kind of load at once, over IPv4 and IPv6, on all service addresses and ports, lives through every kind of fault of the host that
 * serves it, without one wrong byte.
 */
class FaultMatrixTest {
    private static final int CONNECTIONS = 6;
    private static final String LINK_LOCAL_CLIENT = "fe80::77:ff:fe00:1%eth0";

    @ParameterizedTest
    @CsvSource({"DAEMON_KILLED, follow", "HOST_CRASHED, follow", "HOST_FROZEN, follow", "DAEMON_KILLED, strict"})
    void everyLoadLivesThrough(Fault fault, String output) throws Exception {
        Lab.with(lab -> {
            // A busy machine is not a lost host. But not longer: a client with BBR that sends less than it could takes
            // its first acknowledgement after
            // a silence for all that the path carried in that time, and paces what is next accordingly.
            lab.protect(lab.config("", "output = \"" + output + "\"", "detect = \"2s\"", "standby-stall = \"20s\""));
            Map<String, Workload> loads = new LinkedHashMap<>();
            for (Target target : Target.ALL) {
                loads.put("keep-alive clients of " + target, Workload.KeepAlive.start(lab, target, CONNECTIONS));
            }
            loads.put("idle connection to a dual-stack socket", Workload.Idle.start(lab, Target.V4_MAPPED));
            loads.put("idle link-local client", Workload.Idle.start(lab, Target.SECOND_V6, LINK_LOCAL_CLIENT));
            for (Target target : Target.BOTH) {
                loads.put("download from " + target, Workload.Download.start(lab, target, "30M"));
                loads.put("upload to " + target, Workload.Upload.start(lab, target, "20M"));
            }
            for (Map.Entry<String, Workload> load : loads.entrySet()) {
                Lab.await(load.getKey() + " to be under way", load.getValue()::underWay);
            }
            fault.strike(lab, "nginx");
            fault.awaitTakeover(lab);
            SoftAssertions each = new SoftAssertions();
            loads.forEach((name, load) -> each.assertThatCode(() -> load.finish(lab, "b"))
                    .as("%s through %s", name, fault)
                    .doesNotThrowAnyException());
            each.assertAll();
        });
    }
}
