package dev.ftcp.core.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Everything that the daemons of one protected service need to know; the same on both hosts. Every value is checked: a config that
 * exists is one that can be run.
 *
 * @param service what is protected
 * @param onServiceFault what to do when it fails
 * @param hosts the two hosts, the preferred owner first
 * @param link the memory link between them
 * @param timing heartbeats, lease and detection
 * @param limits bounds of what is kept
 * @param controlSocket absolute path of the control socket
 * @param bpfDirectory absolute path of the directory on a bpf file system where maps and programs are pinned
 * @param disabled guarantees that are switched off by a test; empty in operation
 */
public record ServiceConfig(
        Service service,
        ServiceFaultPolicy onServiceFault,
        HostPair hosts,
        LinkConfig link,
        Timing timing,
        Limits limits,
        Path controlSocket,
        Path bpfDirectory,
        Set<Safeguard> disabled) {
    private static final int SOCKET_PATH_MAX = 107; // sun_path without its terminating zero (unix(7))
    private static final long HASTY_DETECT = 100 * Units.MS;

    /** Refuses values that break a rule. */
    public ServiceConfig {
        Violation.refuse(checkPaths(controlSocket, bpfDirectory));
        disabled = Set.copyOf(disabled);
    }

    /** The control socket of a service whose file names none. */
    public static Path defaultControlSocket(String serviceName) {
        return Path.of("/run/ftcp/" + serviceName + ".sock");
    }

    /** Every rule that these values break. */
    public static List<Violation> checkPaths(Path controlSocket, Path bpfDirectory) {
        List<Violation> out = new ArrayList<>();
        Units.absolute(out, "control.socket", controlSocket);
        if (controlSocket.toString().length() > SOCKET_PATH_MAX) {
            out.add(new Violation(
                    "control.socket", "the path of a Unix socket may have at most " + SOCKET_PATH_MAX + " characters"));
        }
        Units.absolute(out, "paths.bpf", bpfDirectory);
        return out;
    }

    /** What is allowed, but must be told the operator at every start. */
    public List<String> warnings() {
        List<String> out = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (Safeguard s : EnumSet.allOf(Safeguard.class)) {
            if (disabled.contains(s)) names.add(s.name().toLowerCase(Locale.ROOT));
        }
        if (!names.isEmpty()) {
            out.add("TEST CONFIGURATION, NOT FOR SERVICE: test.disable switches off " + String.join(", ", names)
                    + "; ftcp does not keep its guarantees");
        }
        if (timing.detectNanos() < HASTY_DETECT) {
            out.add("timing.detect " + Units.time(timing.detectNanos())
                    + " is below 100ms: scheduling delays alone may cause takeovers");
        }
        boolean ahead = service.output() == OutputPolicy.FOLLOW;
        if (service.adapter() == AdapterKind.OPAQUE && !service.deterministic() && ahead) {
            out.add(
                    "adapter \"opaque\" without deterministic = true: a connection whose client is ahead of the log is reset at"
                            + " takeover");
        }
        return out;
    }
}
