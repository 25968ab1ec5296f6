package dev.ftcp.daemon.config;

import dev.ftcp.core.config.AdapterKind;
import dev.ftcp.core.config.Endpoint;
import dev.ftcp.core.config.HealthProbe;
import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.HostPair;
import dev.ftcp.core.config.Limits;
import dev.ftcp.core.config.LinkConfig;
import dev.ftcp.core.config.OutputPolicy;
import dev.ftcp.core.config.Safeguard;
import dev.ftcp.core.config.Service;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.config.ServiceFaultPolicy;
import dev.ftcp.core.config.Timing;
import dev.ftcp.core.config.Units;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/** The configuration file: TOML 1.0, one file per service, the same on both hosts. */
public final class TomlConfig {
    private enum LinkType {
        SHM,
        XEN
    }

    private final Problems problems;
    private final Section root;

    private TomlConfig(TomlParseResult toml) {
        this.problems = new Problems(toml);
        this.root = new Section(toml, List.of(), problems);
    }

    /** Reads a file. */
    public static ConfigResult load(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    /** Reads the text of a file. */
    public static ConfigResult parse(String text) {
        TomlParseResult toml = Toml.parse(text);
        TomlConfig reader = new TomlConfig(toml);
        // After a syntax error the rest of the tree can't be trusted: anything more would be noise.
        for (TomlParseError e : toml.errors()) reader.problems.add(e.position(), String.valueOf(e.getMessage()));
        return toml.hasErrors() ? new ConfigResult.Invalid(reader.problems.sorted()) : reader.read();
    }

    private ConfigResult read() {
        Section s = root.section("service");
        Service service = service(s);
        ServiceFaultPolicy onServiceFault = onServiceFault(s);
        s.finish();
        HostPair hosts = hosts();
        LinkConfig link = link();
        Timing timing = timing();
        Limits limits = limits();
        Path socket = controlSocket(service == null ? "web" : service.name());
        Section paths = root.section("paths");
        Path bpf = paths.text("bpf", "\"/sys/fs/bpf/ftcp\"", Path::of, "/sys/fs/bpf/ftcp");
        paths.finish();
        problems.addAll(ServiceConfig.checkPaths(socket, bpf));
        Set<Safeguard> disabled = disabled();
        root.finish();
        if (service == null
                || onServiceFault == null
                || hosts == null
                || link == null
                || timing == null
                || limits == null
                || !problems.isEmpty()) {
            return new ConfigResult.Invalid(problems.sorted());
        }
        return new ConfigResult.Valid(
                new ServiceConfig(service, onServiceFault, hosts, link, timing, limits, socket, bpf, disabled));
    }

    private @Nullable Service service(Section s) {
        String name = s.text("name", "\"web\"", text -> text, null);
        List<Endpoint> listen = s.list("listen", "[\"10.77.0.100:80\"]", true, Endpoint::parse);
        AdapterKind adapter = s.text("adapter", "\"opaque\"", s.oneOf(AdapterKind.class), null);
        List<Endpoint> backends = s.listOrOne("backend", "\"127.0.0.1:80\"", Endpoint::parse);
        boolean deterministic = s.flag("deterministic", false);
        OutputPolicy output = s.text("output", "\"follow\"", s.oneOf(OutputPolicy.class), "follow");
        if (!s.passes(() -> Service.check(name, listen, backends))) return null;
        return new Service(name, listen, adapter, backends, deterministic, output);
    }

    private @Nullable ServiceFaultPolicy onServiceFault(Section s) {
        ServiceFaultPolicy d = ServiceFaultPolicy.defaults();
        var action = s.text("on-service-fault", "\"takeover\"", s.oneOf(ServiceFaultPolicy.Action.class), "takeover");
        List<String> command =
                s.list("restart-command", "[\"/usr/bin/systemctl\", \"restart\", \"nginx\"]", false, word -> word);
        long patience = s.nanos("restart-patience", d.patienceNanos());
        HealthProbe off = HealthProbe.off();
        long interval = s.nanos("health-interval", off.intervalNanos());
        long failures = s.whole("health-failures", off.failures());
        String send = s.text("health-send", "\"GET / HTTP/1.0\\r\\n\\r\\n\"", text -> text, off.send());
        String expect = s.text("health-expect", "\"HTTP/1.1 200\"", text -> text, off.expect());
        long quarantine = s.whole("quarantine-after", d.quarantineAfter());
        if (!s.passes(() -> ServiceFaultPolicy.check(command, patience, quarantine))) return null;
        if (!s.passes(() -> HealthProbe.check(interval, failures))) return null;
        HealthProbe health = new HealthProbe(interval, (int) failures, send, expect);
        return new ServiceFaultPolicy(action, command, patience, health, (int) quarantine);
    }

    private @Nullable HostPair hosts() {
        Section s = root.section("hosts");
        List<Host> hosts = new ArrayList<>();
        for (String name : s.keys()) {
            Section h = s.section(name);
            String device = h.text("interface", "\"eth0\"", text -> text, null);
            h.finish();
            if (h.passes(() -> Host.check(name, device))) hosts.add(new Host(name, device));
        }
        if (s.clean() && s.keys().size() != 2) {
            problems.add(
                    List.of("hosts"),
                    "exactly two hosts are needed, the preferred owner first: [hosts.NAME] with interface = \"eth0\"; found "
                            + s.keys().size());
        }
        return hosts.size() == 2 ? new HostPair(hosts.get(0), hosts.get(1)) : null;
    }

    private @Nullable LinkConfig link() {
        Section s = root.section("link");
        LinkType type = s.text("type", "\"shm\"", s.oneOf(LinkType.class), "shm");
        LinkConfig link = type == LinkType.XEN ? xenLink(s) : shmLink(s);
        s.finish();
        return link;
    }

    private static @Nullable LinkConfig shmLink(Section s) {
        Path directory = s.text("directory", "\"/run/ftcp/link\"", Path::of, "/run/ftcp/link");
        long size = s.bytes("size", 64 * Units.MIB);
        return s.passes(() -> LinkConfig.Shm.check(directory, size)) ? new LinkConfig.Shm(directory, size) : null;
    }

    private static @Nullable LinkConfig xenLink(Section s) {
        if (s.keys().contains("directory")) {
            s.text("directory", "\"\"", text -> text, "");
            s.bad(
                    "directory",
                    "link.directory is for type = \"shm\"; Xen guests find each other by scripts/xen-pair in dom0");
        }
        long size = s.bytes("size", 64 * Units.MIB);
        return s.passes(() -> LinkConfig.Xen.check(size)) ? new LinkConfig.Xen(size) : null;
    }

    private @Nullable Timing timing() {
        Section s = root.section("timing");
        Timing d = Timing.defaults();
        long heartbeat = s.nanos("heartbeat", d.heartbeatNanos());
        long lease = s.nanos("lease", d.leaseNanos());
        long detect = s.nanos("detect", d.detectNanos());
        long stall = s.nanos("standby-stall", d.standbyStallNanos());
        s.finish();
        if (!s.passes(() -> Timing.check(heartbeat, lease, detect, stall))) return null;
        return new Timing(heartbeat, lease, detect, stall);
    }

    private @Nullable Limits limits() {
        Section s = root.section("limits");
        Limits d = Limits.defaults();
        long connections = s.whole("connections", d.connections());
        long capture = s.bytes("capture", d.captureBytes());
        long retain = s.bytes("retain", d.retainBytes());
        long each = s.bytes("retain-per-connection", Math.min(d.retainPerConnectionBytes(), retain));
        s.finish();
        if (!s.passes(() -> Limits.check(connections, capture, retain, each))) return null;
        return new Limits((int) connections, capture, retain, each);
    }

    private Path controlSocket(String serviceName) {
        Section s = root.section("control");
        String fallback = ServiceConfig.defaultControlSocket(serviceName).toString();
        Path socket = s.text("socket", "\"" + fallback + "\"", Path::of, fallback);
        s.finish();
        return socket;
    }

    private Set<Safeguard> disabled() {
        Section s = root.section("test");
        List<Safeguard> listed = s.list("disable", "[\"clamp\"]", false, s.oneOf(Safeguard.class));
        s.finish();
        return Set.copyOf(listed);
    }
}
