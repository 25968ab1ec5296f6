package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose close is it? What a healthy service does passes at once; what happens to it is kept from the client while it can be made up for. */
class ClosesTest {
    private static final int SIGABRT = 6, SIGKILL = 9, SIGSEGV = 11;

    @Test
    void onlyADeathThatNobodyMakesUpForIsTold() throws Exception {
        TakeoverTable.Setting setting = TakeoverTable.Setting.scripted();
        Lab.with(lab -> {
            lab.protect(setting.config(lab), "service", setting.command(lab));
            Scene scene = Scene.of(lab, Fault.SERVICE_KILLED);
            healthyClosesPass(scene, "protected");

            lab.lab("kill", "b", "ftcpd");
            lab.await("a", "UNPROTECTED");
            healthyClosesPass(scene, "alone");
            Client neighbour = scene.client("neighbour").open().echo();
            for (int signal : new int[] {SIGABRT, SIGKILL, SIGSEGV}) {
                // It is said again to the instance that comes next, which dies of it too: only that ends the
                // connection.
                Client poison = scene.client("alone, signal " + signal).open().echo();
                assertThatThrownBy(poison.say("die-on a " + -signal)::end)
                        .as("signal %d", signal)
                        .hasMessageContaining("ConnectionResetError");
                assertThat(lab.losses()).contains("quarantined");
            }
            neighbour.echo().half().end();

            lab.lab("ftcpd", "b", setting.config(lab).toString());
            lab.await("a", "PROTECTED");
            Client waiting = scene.client("waiting").open().echo();
            Client killed = scene.client("killed").open().echo().say("die-on a " + -SIGABRT);
            lab.await("a", "STANDBY"); // the rest of the service lives, so it comes back at once
            killed.echo().half().end();
            waiting.echo().half().end();
        });
    }

    /** It would be handed from host to host for ever: the one that took it over finds out instead. */
    @Test
    void aRequestThatKillsTheServiceOfBothHostsIsQuarantined() throws Exception {
        TakeoverTable.Setting setting = TakeoverTable.Setting.scripted();
        Lab.with(lab -> {
            lab.protect(setting.config(lab), "service", setting.command(lab));
            Scene scene = Scene.of(lab, Fault.SERVICE_KILLED);
            Client neighbour = scene.client("neighbour").open().echo();
            Client poison = scene.client("poison").open().echo().say("await poison");
            for (String host : List.of("a", "b")) poison.say("die-on " + host + " " + -SIGABRT);
            lab.run("a", "touch", "/srv/upload/poison");
            lab.await("a", "STANDBY");
            lab.await("b", "PROTECTED");
            lab.run("b", "touch", "/srv/upload/poison");
            assertThatThrownBy(poison::end).hasMessageContaining("ConnectionResetError");
            assertThat(lab.losses()).contains("quarantined");
            neighbour.echo().half().end();
            assertThat(lab.verdict("b")).isEqualTo("PROTECTED");
        });
    }

    private static void healthyClosesPass(Scene scene, String when) throws Exception {
        scene.client("close, " + when).open().echo().say("close").end();
        scene.client("exit 0, " + when).open().echo().say("die-on a 0").end();
        scene.client("exit 3, " + when).open().echo().say("die-on a 3").end();
        Client reset = scene.client("reset, " + when).open().echo().say("reset");
        assertThatThrownBy(reset::end).as("reset").hasMessageContaining("ConnectionResetError");
        Client unread = scene.client("unread, " + when)
                .open()
                .echo()
                .say("echo now", "unread 5")
                .answer("now")
                .say("12345");
        assertThatThrownBy(unread::end)
                .as("reset for data that were not read")
                .hasMessageContaining("ConnectionResetError");
    }
}
