package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;

/**
 * Thousands of short connections, opening and closing all the time, through takeovers to and fro: whatever state each is in at that
 * moment, its client sees no reset, no error and no wrong byte.
 */
class ChurnTest {
    private static final int AT_ONCE = 200;
    private static final int PER_SECOND = 3000;
    /** Connections before each fault. */
    private static final int BETWEEN = 2000;

    @Test
    void noConnectionIsLostInTakeoversToAndFro() throws Exception {
        Lab.with(lab -> {
            lab.protect(Lab.webConfig());
            LabProgram churn = lab.program(
                    "client",
                    "python3",
                    lab.resource("churn.py").toString(),
                    Target.V4.address(),
                    "80",
                    String.valueOf(AT_ONCE),
                    String.valueOf(PER_SECOND));
            goOn(lab, churn, "no fault yet");

            lab.lab("kill", "a", "ftcpd");
            lab.await("b", "UNPROTECTED");
            goOn(lab, churn, "daemon killed");
            pair(lab, "a", "b");

            lab.lab("crash", "b");
            lab.await("a", "UNPROTECTED");
            goOn(lab, churn, "host crashed");
            lab.lab("reboot", "b");
            lab.nginx("b");
            pair(lab, "b", "a");
            goOn(lab, churn, "host back");

            lab.lab("freeze", "a");
            lab.await("b", "UNPROTECTED");
            lab.lab("thaw", "a");
            lab.await("b", "PROTECTED");
            goOn(lab, churn, "host frozen and thawed");

            lab.lab("kill", "b", "nginx");
            lab.await("a", "UNPROTECTED");
            goOn(lab, churn, "service killed");

            churn.stop();
            System.out.println("churn: " + churn.result());
            assertNoneBad(lab, churn, "the end");
            Lab.await("the last connection to be over", () -> connections(lab, "a") == 0);
        });
    }

    /** Starts the daemon of {@code host} again, which becomes the standby of {@code owner}. */
    private static void pair(Lab lab, String host, String owner) {
        lab.lab("ftcpd", host, Lab.webConfig().toString());
        lab.await(owner, "PROTECTED");
    }

    private static void goOn(Lab lab, LabProgram churn, String fault) throws InterruptedException {
        long before = churn.count("good");
        Lab.await("more connections", () -> churn.count("good") >= before + BETWEEN || churn.ended());
        assertNoneBad(lab, churn, fault);
    }

    private static void assertNoneBad(Lab lab, LabProgram churn, String fault) {
        assertThat(churn.count("bad"))
                .as("after: %s; %s; %s", fault, churn.latest(), lab.losses())
                .isZero();
    }

    /** What is followed without being there, the next takeover would look for in vain. */
    private static int connections(Lab lab, String host) {
        JsonObject connections = lab.status(host).getAsJsonObject("connections");
        return connections.get("protected").getAsInt()
                + connections.get("unprotected").getAsInt();
    }
}
