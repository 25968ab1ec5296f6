package dev.ftcp.daemon;

import dev.ftcp.daemon.cli.DaemonRunner;
import dev.ftcp.daemon.cli.FtcpdCommand;

/** Where {@code ftcpd} starts. */
public final class Main {
    private static final DaemonRunner RUNNER = (config, self) -> {
        throw new IllegalStateException("this build of ftcpd can only check configurations: use --check");
    };

    private Main() {}

    /** Runs the command line. */
    public static void main(String[] args) {
        System.exit(FtcpdCommand.commandLine(RUNNER).execute(args));
    }
}
