package dev.ftcp.daemon.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.role.Role;
import dev.ftcp.daemon.control.ControlClient;
import dev.ftcp.daemon.control.RefusedException;
import dev.ftcp.daemon.control.Status;
import dev.ftcp.daemon.control.TimelineEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ftcpctl}: asks a running daemon. */
@Command(
        name = "ftcpctl",
        description = "Asks a running ftcpd how its service is, and has it moved.",
        mixinStandardHelpOptions = true,
        version = "ftcpctl 0.1.0",
        exitCodeOnInvalidInput = ExitCode.USAGE,
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            "0:ok",
            "1:internal error",
            "2:the command line or the configuration is wrong",
            "3:no daemon answers at the control socket",
            "4:the daemon refused",
            "5:degraded: the service is not protected at the moment"
        })
public final class FtcpctlCommand {
    static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    private static final Set<Role> WELL = Set.of(Role.PROTECTED, Role.STANDBY);

    @Spec
    private @Nullable CommandSpec spec;

    @ArgGroup
    private @Nullable Where where;

    private FtcpctlCommand() {}

    /** Which daemon is asked. */
    private static final class Where {
        @Option(names = "--socket", paramLabel = "PATH", description = "Control socket of the daemon.")
        private @Nullable Path socket;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "Configuration of the service, which names the socket.")
        private @Nullable Path config;
    }

    /** What a command does with the daemon that it reached. */
    private interface Question {
        int ask(ControlClient client, PrintWriter out) throws IOException;
    }

    /** The command line. */
    public static CommandLine commandLine() {
        return ExitCode.configure(new CommandLine(new FtcpctlCommand()));
    }

    @Command(
            description = "One word that says how it stands, then the evidence.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = ExitCode.HEADING,
            exitCodeList = {"0:PROTECTED or STANDBY", "3:no daemon answers at the control socket", "5:anything else"})
    int status(@Option(names = "--json", description = "The answer as JSON.") boolean json) {
        return ask((client, out) -> {
            if (json) {
                var answer = client.ask("status");
                out.println(PRETTY.toJson(answer));
                return code(Role.valueOf(answer.getAsJsonObject().get("verdict").getAsString()));
            }
            Status status = client.status();
            out.print(StatusText.of(status));
            return code(status.verdict());
        });
    }

    @Command(
            description = "The status as metrics, in the text format of Prometheus.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = ExitCode.HEADING,
            exitCodeList = {"0:ok", "3:no daemon answers at the control socket"})
    int metrics() {
        return ask((client, out) -> {
            out.print(Metrics.of(client.status()));
            return ExitCode.OK;
        });
    }

    @Command(
            description = "The open connections, oldest first.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = ExitCode.HEADING,
            exitCodeList = {"0:ok", "3:no daemon answers at the control socket"})
    int connections(@Option(names = "--json", description = "The answer as JSON.") boolean json) {
        return ask((client, out) -> {
            if (json) out.println(PRETTY.toJson(client.ask("connections")));
            else out.print(ConnectionsText.of(client.connections()));
            return ExitCode.OK;
        });
    }

    @Command(
            description =
                    "The takeovers that this host has carried out: when, why, how long each stage took, what was lost.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = ExitCode.HEADING,
            exitCodeList = {"0:ok", "3:no daemon answers at the control socket"})
    int timeline(
            @Option(names = "--json", description = "The answer as JSON.") boolean json,
            @Option(names = "--svg", paramLabel = "FILE", description = "Also draw it.") @Nullable Path picture) {
        return ask((client, out) -> {
            List<TimelineEntry> takeovers = client.timeline();
            if (json) out.println(PRETTY.toJson(client.ask("timeline")));
            else out.print(TimelineText.of(takeovers));
            if (picture != null) Files.writeString(picture, TimelineSvg.of(takeovers));
            return ExitCode.OK;
        });
    }

    @Command(
            description =
                    "Gives the service to the other host, with its connections, and waits until this one is its standby.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = ExitCode.HEADING,
            exitCodeList = {
                "0:the other host has it and this one is its standby; with --dry-run: nothing stands against it",
                "3:no daemon answers at the control socket",
                "4:the daemon refused; nothing was done",
                "5:it was rolled back, or is not over in time: see status"
            })
    int switchover(
            @Option(names = "--dry-run", description = "Say what would become of the connections, and do nothing.")
                    boolean dryRun,
            @Option(names = "--json", description = "The result as JSON.") boolean json,
            @Option(
                            names = "--wait",
                            paramLabel = "SECONDS",
                            defaultValue = "30",
                            description = "How long to wait for the end (default ${DEFAULT-VALUE}).")
                    int seconds) {
        return ask((client, out) -> new SwitchoverRun(client, out, json).run(dryRun, seconds));
    }

    @Command(
            description = "Starts the service anew by its restart command, while its connections are held.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = ExitCode.HEADING,
            exitCodeList = {
                "0:the service is back, and its connections go on",
                "3:no daemon answers at the control socket",
                "4:the daemon refused; nothing was done",
                "5:it did not come back, or is not over in time: see status"
            })
    int restart(
            @Option(names = "--json", description = "The result as JSON.") boolean json,
            @Option(
                            names = "--wait",
                            paramLabel = "SECONDS",
                            defaultValue = "60",
                            description = "How long to wait for the end (default ${DEFAULT-VALUE}).")
                    int seconds) {
        return ask((client, out) -> new RestartRun(client, out, json).run(seconds));
    }

    private static int code(Role verdict) {
        return WELL.contains(verdict) ? ExitCode.OK : ExitCode.DEGRADED;
    }

    private int ask(Question question) {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        PrintWriter err = line.getErr();
        Path socket = socket(err);
        if (socket == null) return ExitCode.USAGE;
        try (ControlClient client = ControlClient.connect(socket)) {
            return question.ask(client, line.getOut());
        } catch (RefusedException e) {
            err.println("ftcpctl: refused: " + e.getMessage());
            return ExitCode.REFUSED;
        } catch (IOException e) {
            err.println("ftcpctl: no daemon answers at " + socket + " (" + e.getMessage()
                    + "); is ftcpd running, and may you use its socket?");
            return ExitCode.UNREACHABLE;
        } finally {
            line.getOut().flush();
        }
    }

    private @Nullable Path socket(PrintWriter err) {
        if (where == null || where.socket == null && where.config == null) {
            err.println("ftcpctl: which daemon? Give --socket PATH or --config FILE before the command");
            return null;
        }
        if (where.socket != null) return where.socket;
        ServiceConfig config = ConfigFile.read("ftcpctl", Objects.requireNonNull(where.config), err);
        return config == null ? null : config.controlSocket();
    }
}
