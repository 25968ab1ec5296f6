package dev.ftcp.daemon.cli;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.LinkConfig;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.ring.RegionLayout;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.probe.Capabilities;
import dev.ftcp.xen.probe.Capability;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
            "0:ended in good order, or --check or --probe found nothing wrong",
            "1:internal error",
            "2:the command line or the configuration is wrong",
            "4:--probe: something is missing on this host"
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
            names = "--probe",
            description = "Try what this host can do, print what is missing and how to get it, and exit.")
    private boolean probe;

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
        boolean anyHost = (check || probe) && hostName == null; // a file may be checked anywhere
        if (self == null && !anyHost) {
            err.println("ftcpd: " + path + ": this host is '" + name + "', but [hosts] names only '"
                    + config.hosts().first().name() + "' and '"
                    + config.hosts().second().name() + "'; use --host NAME");
            return ExitCode.USAGE;
        }
        if (probe) return probe(config, line.getOut());
        if (!check && self != null) {
            Reload.onHangup(path, config, err);
            return runner.run(config, self);
        }
        line.getOut().println(summary(config, self));
        return ExitCode.OK;
    }

    private static int probe(ServiceConfig config, PrintWriter out) {
        List<Capability> found = new ArrayList<>(Capabilities.probe());
        if (config.link() instanceof LinkConfig.Xen xen) found.addAll(Capabilities.probeXen(pages(xen)));
        found.forEach(out::println);
        return Capabilities.complete(found) ? ExitCode.OK : ExitCode.REFUSED;
    }

    /** Pages of the region and the few around it. */
    private static int pages(LinkConfig.Xen link) {
        return new RegionSpec(1, (int) link.sizeBytes()).totalBytes() / RegionLayout.PAGE + 16;
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
