package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Beginnings of a pair that nobody planned. */
class PairLifeTest {
    private static final String[] ASK = {"curl", "-sf", "-m", "30", "-o", "/dev/null", Target.V4.url("/hello")};

    @Test
    void startedAtOnceAndRebootedAtOnce() throws Exception {
        Lab.with(lab -> {
            Path config = lab.patientConfig();
            both(lab, config);
            for (String host : new String[] {"a", "b"}) lab.lab("crash", host);
            for (String host : new String[] {"a", "b"}) lab.lab("reboot", host);
            both(lab, config);
        });
    }

    private static void both(Lab lab, Path config) throws Exception {
        lab.nginx("a");
        lab.nginx("b");
        lab.lab("ftcpd", "b", config.toString()); // the second may be first: it leaves the claim to the preferred one
        lab.lab("ftcpd", "a", config.toString());
        Lab.await("an owner and its standby", () -> pair(lab));
        lab.run("client", ASK);
    }

    private static boolean pair(Lab lab) {
        String a = lab.verdict("a"), b = lab.verdict("b");
        return a.equals("PROTECTED") && b.equals("STANDBY") || a.equals("STANDBY") && b.equals("PROTECTED");
    }

    /** The service lives on without its daemon, while the next one starts, and after that; what is opened from then on is protected again. */
    @Test
    void theDaemonOfAnOwnerAloneIsReplacedUnderItsConnections() throws Exception {
        Lab.with(lab -> {
            Path config = lab.patientConfig();
            lab.standby("a", config);
            lab.await("a", "UNPROTECTED");
            Workload.KeepAlive old = Workload.KeepAlive.start(lab, Target.V4, 10);
            Workload.Idle idle = Workload.Idle.start(lab, Target.V6);
            Lab.await("keep-alive clients", old::underWay);
            Lab.await("idle connection", idle::underWay);
            for (int i = 0; i < 2; i++) {
                lab.lab("kill", "a", "ftcpd");
                old.goOn();
                lab.lab("ftcpd", "a", config.toString());
                lab.await("a", "UNPROTECTED");
                lab.run("client", ASK);
            }
            old.finish(lab, "a");
            idle.finish(lab, "a");
            assertThat(lab.status("a")
                            .getAsJsonObject("counters")
                            .get("gate_lease_drops")
                            .getAsLong())
                    .as("frames that a closed gate kept back: %s", lab.status("a"))
                    .isZero();
            Workload.KeepAlive fresh = Workload.KeepAlive.start(lab, Target.V4, 10);
            Lab.await("keep-alive clients", fresh::underWay);
            lab.standby("b", config);
            lab.await("a", "PROTECTED");
            lab.lab("crash", "a");
            lab.await("b", "UNPROTECTED");
            fresh.finish(lab, "b");
        });
    }

    @Test
    void aStandbyWithAnotherConfigurationIsRefusedByName() throws Exception {
        Lab.with(lab -> {
            Path config = lab.patientConfig();
            lab.standby("a", config);
            lab.await("a", "UNPROTECTED");
            Path other = lab.file("other.toml");
            Files.writeString(other, Files.readString(config).replace("deterministic = true", "deterministic = false"));
            lab.standby("b", other);
            Lab.await("a refusal", () -> lab.lab("log", "b", "ftcpd").contains("event=refused"));
            assertThat(lab.lab("log", "b", "ftcpd").split("event=refused", -1))
                    .as("said once")
                    .hasSize(2);
            assertThat(lab.verdict("a")).isEqualTo("UNPROTECTED");
            assertThat(lab.verdict("b")).isEqualTo("STARTING");
            lab.run("client", ASK);
            lab.lab("kill", "b", "ftcpd");
            lab.lab("ftcpd", "b", config.toString());
            lab.await("a", "PROTECTED");
        });
    }
}
