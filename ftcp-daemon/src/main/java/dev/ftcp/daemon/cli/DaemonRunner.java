package dev.ftcp.daemon.cli;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.ServiceConfig;

/** Runs the daemon after its command line and its configuration were found right. */
@FunctionalInterface
public interface DaemonRunner {
    /**
     * Runs until the daemon ends.
     *
     * @param config the service
     * @param self the host that this daemon is on, one of {@code config.hosts()}
     * @return an exit code, see {@link ExitCode}
     */
    int run(ServiceConfig config, Host self) throws Exception;
}
