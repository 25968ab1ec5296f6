package dev.ftcp.daemon.cli;

import dev.ftcp.core.config.ServiceConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import sun.misc.Signal;

/**
 * SIGHUP: the configuration is read again. Nothing of it can change under a running daemon: its rings, maps and the peer's view of the service are
 * made from it. So the operator is told whether the file is right, and whether it differs.
 */
final class Reload {
    private Reload() {}

    static void onHangup(Path file, ServiceConfig running, PrintWriter err) {
        Signal.handle(new Signal("HUP"), signal -> {
            ServiceConfig fresh = ConfigFile.read("ftcpd", file, err);
            String what = fresh == null
                    ? "is wrong; the daemon goes on with what it has"
                    : fresh.equals(running)
                            ? "has not changed"
                            : "has changed: restart this daemon, the standby's first (ftcpctl switchover moves the service)";
            err.println("ftcpd: " + file + " " + what);
            err.flush();
        });
    }
}
