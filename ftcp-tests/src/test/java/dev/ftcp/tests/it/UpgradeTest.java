package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A rolling upgrade of ftcp itself: each host in turn, as the standby of the other version, under connections that live through all of it. */
class UpgradeTest {
    @Test
    void twoSwitchoversBringBothHostsToTheNextVersion() throws Exception {
        Path older = OlderVersion.launcher();
        Lab.with(lab -> {
            Path config = lab.patientConfig();
            for (String host : new String[] {"a", "b"}) lab.nginx(host);
            lab.lab("ftcpd", "a", config.toString(), older.toString());
            lab.await("a", "UNPROTECTED");
            lab.lab("ftcpd", "b", config.toString(), older.toString());
            lab.await("a", "PROTECTED");
            Workload.KeepAlive clients = Workload.KeepAlive.start(lab, Target.V4, 10);
            Workload.Idle idle = Workload.Idle.start(lab, Target.V6);
            Workload.Download download = Workload.Download.start(lab, Target.V4, "4m");
            Lab.await("keep-alive clients", clients::underWay);
            Lab.await("idle connection", idle::underWay);

            upgrade(lab, "b", config);
            lab.await("a", "PROTECTED");
            switchover(lab, "a");
            lab.await("b", "PROTECTED");
            clients.goOn();

            upgrade(lab, "a", config);
            lab.await("b", "PROTECTED");
            switchover(lab, "b");
            lab.await("a", "PROTECTED");
            clients.goOn();

            idle.finish(lab, "a");
            clients.finish(lab, "a");
            download.finish(lab, "a");
            assertThat(lab.losses()).doesNotContain("event=reset");
        });
    }

    private static void upgrade(Lab lab, String standby, Path config) throws InterruptedException {
        lab.lab("kill", standby, "ftcpd", "TERM");
        Lab.await("the daemon's end", () -> !lab.succeeds("kill", standby, "ftcpd", "CONT"));
        lab.lab("ftcpd", standby, config.toString());
    }

    private static void switchover(Lab lab, String owner) {
        lab.lab("ctl", owner, "switchover");
    }
}
