package dev.ftcp.tests.it;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.ftcp.tests.peer.PeerNet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A lab of its own: {@code scripts/lab} from Java. Hosts {@code client}, {@code a} and {@code b}; needs root, and the daemon's jars in
 * {@code ftcp-daemon/target}. Not for several threads.
 */
final class Lab {
    /** The one service address that most tests need. */
    static final String VIP = Target.V4.address();

    static final Path ROOT = LabScript.ROOT;
    static final Path WWW = ROOT.resolve("target/lab/www");

    private static final AtomicInteger NUMBER = new AtomicInteger();
    /** For whatever must happen sooner or later: the machine may be busy, so no test depends on when. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final long POLL_MILLIS = 50;
    private static final int LOG_TAIL = 40;
    private static final byte[] CLIENT_MAC = {2, 0x77, 0, 0, 0, 1};

    private final String name = "it-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private final Path directory;
    private final List<LabProgram> programs = new ArrayList<>();
    private final List<PeerNet> nets = new ArrayList<>();

    /** Something that may fail. */
    @FunctionalInterface
    interface Attempt {
        void make() throws Exception;
    }

    /** What a test does in a lab. */
    @FunctionalInterface
    interface Play {
        void in(Lab lab) throws Exception;
    }

    private final LabScript script;

    private Lab() throws IOException {
        directory = Files.createTempDirectory("ftcp-" + name);
        script = new LabScript(name, directory);
    }

    /** Runs {@code play} in a new lab, which is removed afterwards; a failure carries the logs of both hosts. */
    static void with(Play play) throws Exception {
        Lab lab = new Lab();
        Thread hook = new Thread(lab::down);
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            lab.lab("up");
            play.in(lab);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(e.getMessage() + lab.logs(), e);
        } finally {
            lab.down();
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    /** nginx on both hosts, a as its protected owner, b as the standby. */
    void protect(Path config) {
        nginx("a");
        nginx("b");
        daemons(config);
    }

    /**
     * A service that echoes and keeps a record of what it was given, on both hosts, protected by {@code adapter = "opaque"}. A
     * connection's first line is its name: see {@link #record}.
     *
     * @param settings as in {@link #config}
     */
    void protectRecorder(String... settings) throws Exception {
        Path config = patientConfig(Stream.concat(Stream.of("adapter = \"opaque\""), Arrays.stream(settings))
                .toArray(String[]::new));
        protect(config, "recorder", "python3", resource("recorder.py").toString(), "80", "/srv/upload");
    }

    /** All that the recorder on {@code host} was given by the connection that called itself {@code peer}, the name's line included. */
    byte[] record(String host, String peer) throws IOException {
        Path file = uploaded(host, peer);
        return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    }

    /**
     * The clients' link for peers that a test plays, at 10.77.0.200 to .250. Hosts a and b leave neither segmentation nor checksums to
     * the link.
     */
    PeerNet peers() throws IOException {
        for (String host : List.of("a", "b"))
            run(host, "ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off");
        Process wire = script.builder(List.of(
                        LabScript.PATH,
                        "run",
                        "client",
                        "--",
                        "python3",
                        resource("wire.py").toString(),
                        "eth0",
                        "200",
                        "250"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        PeerNet net = new PeerNet(wire, CLIENT_MAC, InetAddress.getByAddress(Target.V4.bytes()));
        nets.add(net);
        return net;
    }

    /**
     * As {@link #protect(Path)}, with another service: {@code command}, started under {@code name}, serves as soon as it listens on the
     * backend of the configuration, which is where the daemon looks for it.
     */
    void protect(Path config, String name, String... command) throws InterruptedException {
        for (String host : List.of("a", "b")) serve(host, name, command);
        daemons(config);
    }

    /** Starts a service on a host, and waits until it listens. */
    void serve(String host, String name, String... command) throws InterruptedException {
        lab(Stream.concat(Stream.of("start", host, name, "--"), Arrays.stream(command))
                .toArray(String[]::new));
        await(name + " on " + host, () -> !run(host, "ss", "-tlnH").isEmpty());
    }

    private void daemons(Path config) {
        lab("ftcpd", "a", config.toString());
        await("a", "UNPROTECTED");
        lab("ftcpd", "b", config.toString());
        await("a", "PROTECTED");
        await("b", "STANDBY");
    }

    /** A fresh host with the service and the daemon. */
    void standby(String host, Path config) {
        nginx(host);
        lab("ftcpd", host, config.toString());
    }

    /** The lab's configuration. */
    static Path webConfig() {
        return LabConfig.WEB;
    }

    /**
     * The lab's configuration with changes.
     *
     * @param disabled a safeguard that is switched off, or the empty string
     * @param settings lines such as {@code size = "1MiB"}, each in place of the one line with the same key
     */
    Path config(String disabled, String... settings) throws IOException {
        return Files.writeString(file("web.toml"), LabConfig.web(disabled, settings));
    }

    /** The lab's configuration for tests whose fault is a lost host: a busy machine is not one. */
    Path patientConfig(String... settings) throws IOException {
        Stream<String> patient = Stream.of("standby-stall = \"20s\"", "detect = \"10s\"", "lease = \"2s\"");
        return config("", Stream.concat(patient, Arrays.stream(settings)).toArray(String[]::new));
    }

    /** The lab's configuration for one more service, at other addresses of the same hosts. */
    Path secondConfig(String service, Target... listen) throws IOException {
        return Files.writeString(file(service + ".toml"), LabConfig.second(service, listen));
    }

    /** A file that the hosts see under the same name; removed with the lab. */
    Path file(String fileName) {
        return directory.resolve(fileName);
    }

    /** A file of the tests' resources, as a file that the hosts see. */
    Path resource(String resource) throws IOException {
        Path file = file(resource);
        if (!Files.exists(file)) {
            try (InputStream source = Lab.class.getResourceAsStream("/it/" + resource)) {
                Files.write(file, source.readAllBytes());
            }
        }
        return file;
    }

    /** Waits until a daemon is in {@code state}; {@code host} may be {@code HOST:NAME}, as in scripts/lab. */
    void await(String host, String state) {
        lab("wait", host, state, String.valueOf(PATIENCE.toSeconds()));
    }

    /** Waits until {@code condition}; {@code what} says for what. */
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) throw new AssertionError("waited " + PATIENCE.toSeconds() + " s for " + what);
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Whether {@code condition} comes true within {@code time}. */
    static boolean within(Duration time, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) return false;
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }

    /** {@code scripts/lab COMMAND...}: its stdout; a status other than 0 fails the test. */
    String lab(String... command) {
        LabScript.Result result = script.attempt(command);
        if (result.status() != 0) {
            throw new AssertionError(
                    "lab " + String.join(" ", command) + ": status " + result.status() + "\n" + result.output());
        }
        return result.output();
    }

    /** What the daemon on {@code host} says of itself. */
    JsonObject status(String host) {
        return JsonParser.parseString(attempted("ctl", host, "status", "--json"))
                .getAsJsonObject();
    }

    /** The state of the daemon on {@code host}, empty if none answers. */
    String verdict(String host) {
        try {
            return status(host).get("verdict").getAsString();
        } catch (JsonParseException | IllegalStateException e) {
            return "";
        }
    }

    /** Runs a command on {@code host}: its output. */
    String run(String host, String... command) {
        return lab(Stream.concat(Stream.of("run", host, "--"), Arrays.stream(command))
                .toArray(String[]::new));
    }

    /** Sets {@code /proc/sys/net/KEY} on a host. */
    void sysctl(String host, String key, String value) {
        run(host, "sh", "-c", "echo '" + value + "' >/proc/sys/net/" + key);
    }

    /** As {@link #run}, but the output is empty if the command fails. */
    String output(String host, String... command) {
        LabScript.Result result = script.attempt(Stream.concat(Stream.of("run", host, "--"), Arrays.stream(command))
                .toArray(String[]::new));
        return result.status() == 0 ? result.output() : "";
    }

    /** A file that a client has put, on the disk of {@code host}, which outlives the host. */
    Path uploaded(String host, String fileName) {
        return Path.of("/run/ftcp-lab", name, "disk", host, fileName);
    }

    /** A bad link between {@code host} and the bridge, until the lab's end: settings of {@code scripts/lib/link.py}. */
    LabProgram badLink(String host, String... settings) throws InterruptedException {
        List<String> all = new ArrayList<>(List.of(LabScript.PATH, "link", host));
        Collections.addAll(all, settings);
        LabProgram program = new LabProgram(script.builder(all), report -> {});
        programs.add(program);
        await("link of " + host, () -> program.count("ready") > 0 || program.ended());
        return program;
    }

    /** {@code scripts/lab COMMAND...}: its stdout, whatever its status. */
    String attempted(String... command) {
        return script.attempt(command).output();
    }

    /** Whether {@code scripts/lab COMMAND...} ends with status 0. */
    boolean succeeds(String... command) {
        return script.attempt(command).status() == 0;
    }

    /** A program of its own on {@code host}, ended with the lab. */
    LabProgram program(String host, String... command) {
        return program(report -> {}, host, command);
    }

    /** As {@link #program(String, String...)}; each of its reports goes to {@code onReport}, on a thread of its own. */
    LabProgram program(Consumer<JsonObject> onReport, String host, String... command) {
        List<String> all = new ArrayList<>(List.of(LabScript.PATH, "run", host, "--"));
        Collections.addAll(all, command);
        LabProgram program = new LabProgram(script.builder(all), onReport);
        programs.add(program);
        return program;
    }

    /** The service on a host, listening on all addresses. */
    void nginx(String host) {
        lab(
                "start",
                host,
                "nginx",
                "--",
                "nginx",
                "-c",
                ROOT.resolve("configs/lab/nginx.conf").toString());
        try {
            await(
                    "nginx on " + host,
                    () -> succeeds("run", host, "--", "curl", "-sf", "-o", "/dev/null", "http://127.0.0.1/hello"));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For failures that do not end the play. */
    /** What the daemons logged of connections that did not go on, in one line. */
    String losses() {
        return List.of("a", "b").stream()
                .map(host -> script.attempt("log", host, "ftcpd"))
                .flatMap(log -> log.output().lines())
                .filter(line -> line.matches(".*event=(reset|lost|gone|late) .*"))
                .collect(Collectors.joining("; "));
    }

    void showLogs() {
        System.out.println(logs());
    }

    String logs() {
        StringBuilder text = new StringBuilder();
        for (String host : List.of("a", "b")) {
            for (String program : List.of("ftcpd", "ftcpd-files", "nginx", "service", "recorder")) {
                LabScript.Result log = script.attempt("log", host, program);
                if (log.status() != 0) continue;
                List<String> lines = log.output().lines().toList();
                text.append("\n--- ")
                        .append(program)
                        .append(" on ")
                        .append(host)
                        .append('\n');
                lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size())
                        .forEach(line -> text.append(line).append('\n'));
            }
        }
        return text.toString();
    }

    private synchronized void down() {
        if (!Files.exists(directory)) return;
        programs.forEach(LabProgram::end);
        nets.forEach(PeerNet::close);
        script.attempt("down");
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
