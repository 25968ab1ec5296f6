package dev.ftcp.tests.it;

import com.google.gson.Gson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is special about the streams of one client. Each has a host of its own, whose two connections go through streams.py.
 *
 * @param host the client's host in the lab
 * @param unlimited no limit of the rate on this client's link
 * @param knobs arguments of streams.py
 * @param commands what prepares the host, in shell
 * @param link settings of a bad link; none: a good one
 * @param later settings that the link gets when the fault is near
 * @param address the service's
 */
record StreamCondition(
        String name,
        String host,
        boolean unlimited,
        Map<String, Object> knobs,
        List<String> commands,
        List<String> link,
        List<String> later,
        Target address) {
    /** Slow enough for 2 cores to serve all conditions at once, so that every stream is limited by its network. */
    private static final String RATE = "4mbit";

    /** On a host of its own; nothing is special yet. */
    static StreamCondition of(String name, String host) {
        // The machine's own may be bbr, which with neither SACK nor timestamps hardly gets through a lossy link, ftcp
        // or not.
        return new StreamCondition(
                        name,
                        host,
                        false,
                        new LinkedHashMap<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        Target.V4)
                .option("TCP_CONGESTION", "cubic");
    }

    /** As fast as the machine is; then the streams should rest between rounds. */
    StreamCondition fast() {
        return new StreamCondition(name, host, true, knobs, commands, link, later, address);
    }

    StreamCondition sysctl(String key, String value) {
        return command("echo '" + value + "' >/proc/sys/net/" + key);
    }

    StreamCondition command(String command) {
        commands.add(command);
        return this;
    }

    StreamCondition badLink(String... settings) {
        link.addAll(List.of(settings));
        return this;
    }

    /** Over a link that gets these settings when its streams have moved. */
    StreamCondition linkTurns(String... settings) {
        later.addAll(List.of(settings));
        return this;
    }

    /** Over IPv6. */
    StreamCondition overIpv6() {
        return new StreamCondition(name, host, unlimited, knobs, commands, link, later, Target.V6);
    }

    StreamCondition knob(String name, Object value) {
        knobs.put(name, value);
        return this;
    }

    /** A socket option, as {@code SO_RCVBUF} or {@code TCP_NODELAY}, set before connect. */
    StreamCondition option(String name, Object value) {
        @SuppressWarnings("unchecked")
        Map<String, Object> options =
                (Map<String, Object>) knobs.computeIfAbsent("options", k -> new LinkedHashMap<>());
        options.put(name, value);
        return this;
    }

    /** Prepares the client's host, which {@code lab client} has made; returns what its link is to be told when its streams have moved. */
    Runnable prepare(Lab lab) throws InterruptedException {
        String limit = "tc qdisc replace dev %s root tbf rate " + RATE + " burst 20k latency 100ms";
        List<String> all = new ArrayList<>(commands);
        if (!unlimited) all.add(limit.formatted("eth0"));
        lab.run(host, "sh", "-ec", String.join("\n", all));
        String port = "ip link set port-" + host + " mtu " + StreamConditions.JUMBO;
        if (!unlimited) port += "\n" + limit.formatted("port-" + host);
        lab.lab("net", "--", "sh", "-ec", port);
        if (link.isEmpty() && later.isEmpty()) return () -> {};
        LabProgram program = lab.badLink(host, link.toArray(String[]::new));
        return () -> program.say(String.join(" ", later));
    }

    LabProgram start(Lab lab, String script) {
        return lab.program(host, "python3", script, address.address(), "80", host, new Gson().toJson(knobs));
    }
}
