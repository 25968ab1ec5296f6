package dev.ftcp.daemon.cli;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.ServiceConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ftcpd}: the daemon of one protected service on one host. */
@Command(
        name = "ftcpd",
        description =
                "Protects the TCP connections of a service: when this host or its service fails, the other host continues them.",
        mixinStandardHelpOptions = true,
        version = "ftcpd 0.1.0",
        exitCodeOnInvalidInput = ExitCode.USAGE,
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            "0:ended in good order, or --check found nothing wrong",
            "1:internal error",
            "2:the command line or the configuration is wrong"
        })
public final class FtcpdCommand implements Callable<Integer> {
    // uname -n of this UTS namespace, without asking a name server
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final DaemonRunner runner;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--check", description = "Check the configuration, print what it amounts to, and exit.")
    private boolean check;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "Which host of the configuration this is; by default the host name up to its first dot.")
    private @Nullable String hostName;

    @Parameters(paramLabel = "CONFIG", description = "Configuration of the service, the same file on both hosts.")
    private @Nullable Path file;

    private FtcpdCommand(DaemonRunner runner) {
        this.runner = runner;
    }

    /** A command line that runs {@code runner} when everything is right. */
    public static CommandLine commandLine(DaemonRunner runner) {
        return ExitCode.configure(new CommandLine(new FtcpdCommand(runner)));
    }

    @Override
    public Integer call() throws Exception {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        PrintWriter err = line.getErr();
        Path path = Objects.requireNonNull(file);
        ServiceConfig config = ConfigFile.read("ftcpd", path, err);
        if (config == null) return ExitCode.USAGE;
        for (String w : config.warnings()) err.println("ftcpd: " + path + ": warning: " + w);
        String name = hostName != null ? hostName : localName();
        Host self = config.hosts().find(name);
        boolean anyHost = check && hostName == null; // a file may be checked anywhere
        if (self == null && !anyHost) {
            err.println("ftcpd: " + path + ": this host is '" + name + "', but [hosts] names only '"
                    + config.hosts().first().name() + "' and '"
                    + config.hosts().second().name() + "'; use --host NAME");
            return ExitCode.USAGE;
        }
        if (!check && self != null) {
            Reload.onHangup(path, config, err);
            return runner.run(config, self);
        }
        line.getOut().println(summary(config, self));
        return ExitCode.OK;
    }

    private static String summary(ServiceConfig c, @Nullable Host self) {
        StringJoiner listen = new StringJoiner(", ");
        c.service().listen().forEach(e -> listen.add(e.toString()));
        return "OK: service " + c.service().name() + " at " + listen + ", hosts "
                + describe(c.hosts().first(), self) + " (preferred) and "
                + describe(c.hosts().second(), self);
    }

    private static String describe(Host host, @Nullable Host self) {
        return host.name() + "/" + host.interfaceName() + (host.equals(self) ? " [this host]" : "");
    }

    private static String localName() throws IOException {
        String full = Files.readString(HOST_NAME).strip();
        int dot = full.indexOf('.');
        return dot < 0 ? full : full.substring(0, dot);
    }
}
