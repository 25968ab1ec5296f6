package dev.ftcp.daemon;

import dev.ftcp.daemon.cli.FtcpctlCommand;

/** Where {@code ftcpctl} starts. */
public final class CtlMain {
    private CtlMain() {}

    /** Runs the command line. */
    public static void main(String[] args) {
        System.exit(FtcpctlCommand.commandLine().execute(args));
    }
}
