package dev.ftcp.daemon.cli;

import picocli.CommandLine;

/** Exit codes of both commands; the help lists them. */
public final class ExitCode {
    /** All is well. */
    public static final int OK = 0;
    /** A fault of ftcp or of the machine. */
    public static final int INTERNAL = 1;
    /** The command line or the configuration is wrong: starting again does not help. */
    public static final int USAGE = 2;
    /** No daemon answers at the control socket. */
    public static final int UNREACHABLE = 3;
    /** The daemon refused the command in its present state. */
    public static final int REFUSED = 4;
    /** The service is not protected. */
    public static final int DEGRADED = 5;

    static final String HEADING = "%nExit codes:%n";

    private ExitCode() {}

    /** Sets up the parts that both commands share. */
    static CommandLine configure(CommandLine line) {
        String name = line.getCommandName();
        return line.setCaseInsensitiveEnumValuesAllowed(true).setExecutionExceptionHandler((e, command, parsed) -> {
            command.getErr().println(name + ": " + (e.getMessage() == null ? e : e.getMessage()));
            return INTERNAL;
        });
    }
}
