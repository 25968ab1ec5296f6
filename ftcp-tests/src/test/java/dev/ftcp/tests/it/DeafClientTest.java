package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client that hears nothing of where the service address is while it moves, nor the question where the client is: both are asked and told in single packets,
 * which a network may lose.
 */
class DeafClientTest {
    private static final String FOREVER_MILLIS = "600000";

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsTheNewOwnerAndIsFound(boolean v4) throws Exception {
        Lab.with(lab -> {
            LabProgram link = lab.badLink("client");
            lab.protect(Lab.webConfig());
            // By itself it would not ask again before the test is over.
            String neighbours = v4 ? "ipv4/neigh" : "ipv6/neigh";
            lab.sysctl("client", neighbours + "/eth0/base_reachable_time_ms", FOREVER_MILLIS);
            Workload.Download download = Workload.Download.start(lab, v4 ? Target.V4 : Target.V6, "12M");
            Lab.await("download", download::underWay);
            link.say("deaf=1");
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            link.say("deaf=0");
            download.finish(lab, "b");
            assertThat(lab.losses()).doesNotContain("event=reset", "event=lost");
        });
    }
}
