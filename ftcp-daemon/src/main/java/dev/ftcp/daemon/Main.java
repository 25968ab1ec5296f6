package dev.ftcp.daemon;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.role.Role;
import dev.ftcp.daemon.cli.ExitCode;
import dev.ftcp.daemon.cli.FtcpdCommand;
import dev.ftcp.daemon.control.ControlServer;
import dev.ftcp.daemon.loop.Daemon;
import dev.ftcp.daemon.loop.LoopObserver;
import dev.ftcp.daemon.systemd.SdNotify;

/** Where {@code ftcpd} starts. */
public final class Main {
    private static final long STOP_MILLIS = 5_000;

    private Main() {}

    /** Runs the command line. */
    public static void main(String[] args) {
        System.exit(FtcpdCommand.commandLine(Main::run).execute(args));
    }

    private static int run(ServiceConfig config, Host self) throws Exception {
        SdNotify manager = SdNotify.fromEnvironment();
        try (Daemon daemon = new Daemon(config, self, new ToServiceManager(manager));
                ControlServer control = ControlServer.listen(config.controlSocket(), daemon.control())) {
            Thread loop = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(daemon, manager, loop), "ftcp-stop"));
            manager.ready("started");
            daemon.run();
        }
        return ExitCode.OK;
    }

    private static void stop(Daemon daemon, SdNotify manager, Thread loop) {
        manager.stopping();
        daemon.stop();
        try {
            loop.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The service manager sees the role, and that the core loop turns. */
    private static final class ToServiceManager implements LoopObserver {
        private final SdNotify manager;
        private long fedNanos;

        ToServiceManager(SdNotify manager) {
            this.manager = manager;
        }

        @Override
        public void onRole(Role from, Role to, String reason, long nowNanos) {
            manager.status(to + ": " + reason);
        }

        @Override
        public void onTurn(long nowNanos) {
            long interval = manager.watchdogIntervalNanos();
            if (interval == 0 || nowNanos - fedNanos < interval) return;
            fedNanos = nowNanos;
            manager.watchdog();
        }
    }
}
