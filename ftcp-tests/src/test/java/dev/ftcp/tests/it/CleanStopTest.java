package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A daemon that is asked to end leaves the service as if ftcp had never been there. */
class CleanStopTest {
    @Test
    void theServiceLivesOnWithoutTheWrap() throws Exception {
        Lab.with(lab -> {
            lab.protect(Lab.webConfig());
            Workload.Idle idle = Workload.Idle.start(lab, Target.V4);
            Workload.KeepAlive clients = Workload.KeepAlive.start(lab, Target.V6, 10);
            Lab.await("idle connection", idle::underWay);
            Lab.await("keep-alive clients", clients::underWay);
            lab.lab("kill", "a", "ftcpd", "TERM");
            Lab.await("the daemon's end", () -> !lab.succeeds("kill", "a", "ftcpd", "CONT"));
            assertThat(lab.run("a", "tc", "filter", "show", "dev", "eth0", "egress"))
                    .isBlank();
            assertThat(lab.run("a", "tc", "filter", "show", "dev", "eth0", "ingress"))
                    .isBlank();
            assertThat(lab.run("a", "find", "/sys/fs/bpf", "-path", "*ftcp*", "-type", "f"))
                    .isBlank();
            assertThat(lab.run("a", "ip", "address", "show", "dev", "eth0"))
                    .contains(Target.V4.address() + "/32", Target.V6.address() + "/128");
            assertThat(lab.lab("log", "a", "ftcpd")).as("no error at the end").doesNotContain("ftcpd: ");
            idle.finish(lab, "a");
            clients.finish(lab, "a");
        });
    }

    @Test
    void connectionsThatLiveInTheDaemonGoToTheStandby() throws Exception {
        Lab.with(lab -> {
            Path config = lab.patientConfig();
            lab.protect(config);
            Workload.KeepAlive clients = Workload.KeepAlive.start(lab, Target.V4, 10);
            Lab.await("keep-alive clients", clients::underWay);
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            lab.lab("reboot", "a");
            lab.standby("a", config);
            lab.await("b", "PROTECTED");
            clients.goOn();
            lab.lab("kill", "b", "ftcpd", "TERM");
            lab.await("a", "UNPROTECTED");
            clients.finish(lab, "a");
            assertThat(lab.losses()).doesNotContain("event=reset");
        });
    }
}
