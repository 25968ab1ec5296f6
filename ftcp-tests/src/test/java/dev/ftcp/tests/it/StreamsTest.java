package dev.ftcp.tests.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Downloads and uploads in flight under every condition of TCP at once, through one fault after the other. */
class StreamsTest {
    private static final List<String> SERVERS = List.of("a", "b");
    /** Long enough for a client that holds still to have closed its window. */
    private static final long UNTIL_FULL_MILLIS = 500;
    /** Longer than the lease, shorter than the detection. */
    private static final long LAPSE_MILLIS = 600;

    private static final int LAPSES = 3;

    /** After the first host is back, the other one has the same fault: every stream goes through two takeovers. */
    private static final List<Fault> FAULTS = List.of(Fault.DAEMON_KILLED, Fault.HOST_CRASHED, Fault.HOST_FROZEN);

    @TestFactory
    Stream<DynamicTest> everyStreamGoesOn() {
        return FAULTS.stream().flatMap(fault -> {
            Map<String, Executable> checks = new LinkedHashMap<>();
            try {
                Lab.with(lab -> play(lab, fault, checks));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            return checks.entrySet().stream()
                    .map(check -> DynamicTest.dynamicTest(check.getKey() + " | " + fault, check.getValue()));
        });
    }

    private static void play(Lab lab, Fault fault, Map<String, Executable> checks) throws Exception {
        Path script = lab.resource("streams.py");
        // For a busy machine: it is TCP that is tested here, not what happens when a daemon does not keep up.
        Path config = lab.config(
                "", "lease = \"500ms\"", "detect = \"1500ms\"", "standby-stall = \"20s\"", "capture = \"64MiB\"");
        List<StreamCondition> conditions = StreamConditions.all();
        lab.lab(Stream.concat(Stream.of("client"), conditions.stream().map(StreamCondition::host))
                .toArray(String[]::new));
        for (String server : SERVERS) network(lab, server);
        List<Runnable> turns = new ArrayList<>();
        for (StreamCondition condition : conditions) turns.add(condition.prepare(lab));
        lab.protect(config);

        Map<StreamCondition, LabProgram> clients = new LinkedHashMap<>();
        for (StreamCondition c : conditions) clients.put(c, c.start(lab, script.toString()));
        moved(clients);
        if (fault == Fault.DAEMON_KILLED) lapse(lab);
        turns.forEach(Runnable::run);
        tell(clients, "hold");
        Thread.sleep(UNTIL_FULL_MILLIS);
        cause(lab, fault, "a", "b");
        tell(clients, "resume");
        if (fault != Fault.DAEMON_KILLED) {
            again(lab, fault, config, "a", "b");
            moved(clients);
            tell(clients, "hold");
            Thread.sleep(UNTIL_FULL_MILLIS);
            cause(lab, fault, "b", "a");
            tell(clients, "resume");
        }
        moved(clients);
        tell(clients, "finish");
        boolean failed = false;
        for (Map.Entry<StreamCondition, LabProgram> client : clients.entrySet()) {
            Throwable failure = null;
            try {
                StreamCheck.check(lab, client.getValue().result());
            } catch (AssertionError e) {
                failure = new AssertionError(client.getKey().name() + ": " + e.getMessage() + "; " + lab.losses(), e);
            }
            Throwable outcome = failure;
            TakeoverTable.record(client.getKey().name(), fault, failure);
            checks.put(client.getKey().name(), () -> {
                if (outcome != null) throw outcome;
            });
            failed |= failure != null;
        }
        if (failed) lab.showLogs();
    }

    private static void network(Lab lab, String server) {
        String mtu = String.valueOf(StreamConditions.JUMBO);
        lab.run(server, "ip", "link", "set", "eth0", "mtu", mtu);
        lab.lab("net", "--", "ip", "link", "set", "port-" + server, "mtu", mtu);
    }

    /** The lease ends several times, since the daemon is late: nothing leaves meanwhile, and nothing that is not followed later. */
    private static void lapse(Lab lab) throws InterruptedException {
        for (int i = 0; i < LAPSES; i++) {
            lab.lab("kill", "a", "ftcpd", "STOP");
            Thread.sleep(LAPSE_MILLIS);
            lab.lab("kill", "a", "ftcpd", "CONT");
            Thread.sleep(LAPSE_MILLIS);
        }
    }

    private static void cause(Lab lab, Fault fault, String owner, String standby) {
        switch (fault) {
            case DAEMON_KILLED -> lab.lab("kill", owner, "ftcpd");
            case HOST_CRASHED -> lab.lab("crash", owner);
            case HOST_FROZEN -> lab.lab("freeze", owner);
            default -> throw new IllegalArgumentException(fault.toString());
        }
        lab.await(standby, "UNPROTECTED");
    }

    /** The pair is whole again, with the roles changed. */
    private static void again(Lab lab, Fault fault, Path config, String old, String owner) {
        if (fault == Fault.HOST_CRASHED) {
            lab.lab("reboot", old);
            network(lab, old);
            lab.standby(old, config);
        } else {
            lab.lab("thaw", old);
        }
        lab.await(owner, "PROTECTED");
        lab.await(old, "STANDBY");
    }

    private static void tell(Map<StreamCondition, LabProgram> clients, String word) {
        clients.values().stream().filter(client -> !client.ended()).forEach(client -> client.say(word));
    }

    /** Waits until both streams of every client move bytes. */
    private static void moved(Map<StreamCondition, LabProgram> clients) throws InterruptedException {
        Map<StreamCondition, Long> before = new LinkedHashMap<>();
        clients.forEach((c, client) -> before.put(c, client.count("bytes")));
        for (Map.Entry<StreamCondition, LabProgram> client : clients.entrySet()) {
            LabProgram program = client.getValue();
            long bytes = before.get(client.getKey());
            Lab.await(
                    "streams: " + client.getKey().name(),
                    () -> program.ended() || (program.count("moving") == 2 && program.count("bytes") > bytes));
        }
    }
}
