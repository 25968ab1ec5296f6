package dev.ftcp.core.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The protected service.
 *
 * @param name 1-32 of a-z, 0-9 and '-', starting with a letter; names files, maps and sockets
 * @param listen service addresses and ports, 1 to 16, all distinct
 * @param adapter who follows its protocol
 * @param backends where the local instance answers for connections that were taken over, never a service address: one for each entry
 *     of {@code listen} in its order, or one for all
 * @param deterministic whether two instances answer the same input with the same bytes
 * @param output when a client may see what the service says
 */
public record Service(
        String name,
        List<Endpoint> listen,
        AdapterKind adapter,
        List<Endpoint> backends,
        boolean deterministic,
        OutputPolicy output) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final int LISTEN_MAX = 16;

    /** Refuses values that break a rule. */
    public Service {
        listen = List.copyOf(listen);
        backends = List.copyOf(backends);
        Violation.refuse(check(name, listen, backends));
    }

    /** The service addresses (VIPs), each once. */
    public List<InetAddress> addresses() {
        return listen.stream().map(Endpoint::address).distinct().toList();
    }

    /** Where the local instance answers for what clients find at {@code listener}, an entry of {@code listen}. */
    public Endpoint backendOf(Endpoint listener) {
        return backends.get(backends.size() == 1 ? 0 : listen.indexOf(listener));
    }

    /** Every rule that these values break. */
    public static List<Violation> check(String name, List<Endpoint> listen, List<Endpoint> backends) {
        List<Violation> out = new ArrayList<>(checkName(name));
        if (listen.isEmpty() || listen.size() > LISTEN_MAX) {
            out.add(new Violation("service.listen", "needs 1 to " + LISTEN_MAX + " endpoints, has " + listen.size()));
        }
        Set<Endpoint> seen = new HashSet<>();
        for (Endpoint e : listen) {
            if (!seen.add(e)) out.add(new Violation("service.listen", "'" + e + "' is listed twice"));
            if (e.address().isAnyLocalAddress()
                    || e.address().isLoopbackAddress()
                    || e.address().isMulticastAddress()
                    || e.address().isLinkLocalAddress()) {
                out.add(new Violation(
                        "service.listen",
                        "'" + e + "' can't move between hosts: give the unicast service address (VIP) itself"));
            }
            for (Endpoint backend : backends) {
                if (!e.address().equals(backend.address())) continue;
                out.add(new Violation(
                        "service.backend",
                        "'" + backend
                                + "' is a service address: continued connections would loop; use a local address"));
            }
        }
        for (Endpoint backend : backends) {
            if (backend.address().isAnyLocalAddress() || backend.address().isMulticastAddress())
                out.add(new Violation("service.backend", "'" + backend + "' is not an address to connect to"));
        }
        checkBackends(out, listen, backends);
        return out;
    }

    /** Two ports may be two different services: then one backend for both would continue connections of one with the other. */
    private static void checkBackends(List<Violation> out, List<Endpoint> listen, List<Endpoint> backends) {
        if (backends.size() == listen.size()) return;
        long ports = listen.stream().map(Endpoint::port).distinct().count();
        if (backends.size() == 1 && ports <= 1) return;
        String rule =
                "give one backend for each of the " + listen.size() + " entries of 'service.listen', in their order";
        out.add(new Violation(
                "service.backend",
                backends.size() == 1
                        ? "'service.listen' has " + ports + " ports: " + rule
                        : backends.size() + " backends: " + rule + ", or one for all"));
    }

    /** The rule for names, broken or not. */
    public static List<Violation> checkName(String name) {
        if (NAME.matcher(name).matches()) return List.of();
        return List.of(
                new Violation("service.name", "'" + name + "': use 1-32 of a-z, 0-9 and '-', starting with a letter"));
    }
}
