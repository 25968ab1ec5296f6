package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two services on one pair of hosts and one interface, each with daemons of its own, know nothing of each other. */
class TwoServicesTest {
    private static final Target FILES_V4 = new Target("10.77.0.110", 80), FILES_V6 = new Target("fd77::110", 8080);

    @Test
    void oneTakesOverAndOneEndsWhileTheOtherGoesOn() throws Exception {
        Lab.with(lab -> {
            lab.protect(Lab.webConfig());
            Path files = lab.secondConfig("files", FILES_V4, FILES_V6);
            // The other way round: each host owns one and stands by for the other.
            lab.lab("ftcpd", "b:files", files.toString());
            lab.await("b:files", "UNPROTECTED");
            lab.lab("ftcpd", "a:files", files.toString());
            lab.await("b:files", "PROTECTED");
            lab.await("a", "PROTECTED");
            List<Workload> loads = new ArrayList<>();
            for (Target target : List.of(Target.V4, Target.V6, FILES_V4, FILES_V6)) {
                loads.add(Workload.KeepAlive.start(lab, target, 5));
            }
            for (Workload load : loads) Lab.await("load", load::underWay);

            lab.lab("kill", "a", "ftcpd");
            lab.await("b", "UNPROTECTED");
            for (Workload load : loads) ((Workload.KeepAlive) load).goOn();
            assertThat(lab.lab("ctl", "b:files", "status"))
                    .contains("PROTECTED")
                    .doesNotContain("UNPROTECTED");

            lab.lab("kill", "b", "ftcpd-files", "TERM");
            Lab.await("the daemon's end", () -> !lab.succeeds("kill", "b", "ftcpd-files", "CONT"));
            for (String hook : List.of("ingress", "egress")) {
                assertThat(lab.run("b", "tc", "filter", "show", "dev", "eth0", hook))
                        .as("the filters of web alone")
                        .containsOnlyOnce("handle");
            }
            for (Workload load : loads) load.finish(lab, "b");
        });
    }
}
