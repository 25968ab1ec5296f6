package dev.ftcp.tests.it;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicNode;

/**
 * The table of connection states and faults. For each fault, all rows go through it together in one lab: all are arranged, the fault
 * strikes, b takes over, all are settled. Each row is then a test of its own, named {@code state | fault}; and all that ran are written to
 * {@code target/takeover-table.md}.
 */
final class TakeoverTable {
    static final Path FILE = Lab.ROOT.resolve("ftcp-tests/target/takeover-table.md");

    /** Name of the service for {@code scripts/lab}. */
    private static final String SERVICE = "service";

    private static final int AT_ONCE = 8;

    private static final Map<String, Map<Fault, String>> RESULTS = new LinkedHashMap<>();

    private TakeoverTable() {}

    /** A service that is started on a host under the name {@code service}, and its configuration. */
    interface Setting {
        /** The daemons' configuration. */
        Path config(Lab lab) throws IOException;

        /** The service's command. */
        String[] command(Lab lab) throws IOException;

        /** The deterministic service of {@code scripted.py}, on both address families; {@code settings} as in {@link Lab#config}. */
        static Setting scripted(String... settings) {
            return new Setting() {
                @Override
                public Path config(Lab lab) throws IOException {
                    Stream<String> own = Stream.of(
                            "listen = [\"" + Lab.VIP + ":7000\", \"[fd77::100]:7000\"]",
                            "adapter = \"opaque\"",
                            "backend = [\"127.0.0.1:7000\", \"[::1]:7000\"]");
                    return lab.patientConfig(
                            Stream.concat(own, Arrays.stream(settings)).toArray(String[]::new));
                }

                @Override
                public String[] command(Lab lab) throws IOException {
                    return new String[] {"python3", lab.resource("scripted.py").toString(), "7000"};
                }
            };
        }
    }

    /** All rows through all faults: what a {@code @TestFactory} returns. */
    static Stream<DynamicNode> of(Setting setting, List<Scenario> rows) {
        return Arrays.stream(Fault.values())
                .map(fault -> dynamicContainer(fault.toString(), tests(setting, rows, fault)));
    }

    private static Stream<DynamicNode> tests(Setting setting, List<Scenario> rows, Fault fault) {
        return Stream.of(rows).flatMap(all -> {
            List<Scenario> concerned =
                    all.stream().filter(r -> r.concerns(fault)).toList();
            Map<Scenario, Throwable> failures = run(setting, concerned, fault);
            return concerned.stream()
                    .map(row -> dynamicTest(row.state() + " | " + fault, () -> {
                        Throwable failure = failures.get(row);
                        if (failure != null)
                            throw new AssertionError(row.state() + ": " + failure.getMessage(), failure);
                    }));
        });
    }

    private static Map<Scenario, Throwable> run(Setting setting, List<Scenario> rows, Fault fault) {
        Map<Scenario, Throwable> failures = new ConcurrentHashMap<>();
        try {
            Lab.with(lab -> {
                lab.protect(setting.config(lab), SERVICE, setting.command(lab));
                // Longer than anybody waits: a socket that waits for a FIN that never comes is seen.
                lab.sysctl("b", "ipv4/tcp_fin_timeout", "600");
                // An acknowledgement that comes twice makes a client end the service's TIME_WAIT (RFC 1337), if the
                // machine is busy.
                lab.sysctl("a", "ipv4/tcp_rfc1337", "1");
                Scene scene = Scene.of(lab, fault);
                all(rows, failures, row -> row.arrange(scene));
                fault.strike(lab, SERVICE);
                scene.heal();
                fault.awaitTakeover(lab);
                all(rows, failures, row -> row.settle(scene));
                if (!failures.isEmpty()) lab.showLogs();
            });
        } catch (Exception | AssertionError e) {
            for (Scenario row : rows) failures.putIfAbsent(row, e);
        }
        for (Scenario row : rows) record(row.state(), fault, failures.get(row));
        return failures;
    }

    private interface Part {
        void of(Scenario row) throws Exception;
    }

    /** Does it with all rows that have not failed; some at once, because they mostly wait. */
    private static void all(List<Scenario> rows, Map<Scenario, Throwable> failures, Part part) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Callable<@Nullable Void>> parts = new ArrayList<>();
            for (Scenario row : rows) {
                if (failures.containsKey(row)) continue;
                parts.add(() -> {
                    try {
                        part.of(row);
                    } catch (Exception | AssertionError e) {
                        failures.put(row, e);
                    }
                    return null;
                });
            }
            threads.invokeAll(parts);
        } finally {
            threads.shutdownNow();
        }
    }

    static synchronized void record(String state, Fault fault, @Nullable Throwable failure) {
        String result = failure == null ? "continued" : "**failed**";
        RESULTS.computeIfAbsent(state, s -> new TreeMap<>()).put(fault, result);
        write();
    }

    private static void write() {
        StringBuilder text = new StringBuilder("| state of the connection |");
        for (Fault fault : Fault.values()) text.append(' ').append(fault).append(" |");
        text.append("\n|---|").append("---|".repeat(Fault.values().length)).append('\n');
        RESULTS.forEach((state, results) -> {
            text.append("| ").append(state).append(" |");
            for (Fault fault : Fault.values())
                text.append(' ').append(results.getOrDefault(fault, "–")).append(" |");
            text.append('\n');
        });
        try {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
