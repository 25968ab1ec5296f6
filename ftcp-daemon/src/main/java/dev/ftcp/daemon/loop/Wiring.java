package dev.ftcp.daemon.loop;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.CarefulAdapter;
import dev.ftcp.core.config.Endpoint;
import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.LinkConfig;
import dev.ftcp.core.config.Safeguard;
import dev.ftcp.core.config.Service;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.xen.bpf.Gate;
import dev.ftcp.xen.bpf.WrapSpec;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.Rendezvous;
import dev.ftcp.xen.shm.ShmRendezvous;
import dev.ftcp.xen.xen.XenRendezvous;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.zip.CRC32;

/** What a configuration amounts to: the values that the daemon's parts are made from. */
final class Wiring {
    private Wiring() {}

    static WrapSpec wrapSpec(ServiceConfig config, Host self) {
        List<InetSocketAddress> services =
                config.service().listen().stream().map(Wiring::socketAddress).toList();
        return new WrapSpec(
                config.service().name(),
                self.interfaceName(),
                services,
                config.service().backends().stream().map(Wiring::socketAddress).toList(),
                config.limits().connections(),
                (int) config.limits().captureBytes(),
                config.bpfDirectory().resolve(config.service().name()));
    }

    static InetSocketAddress socketAddress(Endpoint e) {
        return new InetSocketAddress(e.address(), e.port());
    }

    static Function<FlowKey, InetSocketAddress> backends(Service service) {
        return key -> socketAddress(service.backendOf(new Endpoint(key.vip(), key.vipPort())));
    }

    static Rendezvous rendezvous(ServiceConfig config, Host self) throws LinkException {
        String service = config.service().name();
        Hello hello = Hello.of(
                service,
                digest(agreed(config.service())),
                digest(config.service().toString()));
        String peer = config.hosts().peerOf(self).name();
        if (config.link() instanceof LinkConfig.Shm shm) {
            // Its own within link.directory: the daemons of several services on one host must not meet each other.
            return ShmRendezvous.open(shm.directory().resolve(service), self.name(), peer, hello);
        }
        return XenRendezvous.open(self.name(), peer, hello);
    }

    /**
     * What both hosts must have alike. A later version adds what is new to it only where that is not at its default: then it agrees with this one.
     */
    private static String agreed(Service s) {
        return "listen=" + s.listen() + "\nadapter=" + s.adapter() + "\nbackend=" + s.backends() + "\ndeterministic="
                + s.deterministic() + "\noutput=" + s.output();
    }

    private static String digest(String text) {
        CRC32 digest = new CRC32();
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(digest.getValue());
    }

    static Adapter adapter(ServiceConfig config) {
        String name = config.service().adapter().name().toLowerCase(Locale.ROOT);
        for (Adapter a : ServiceLoader.load(Adapter.class)) if (a.name().equals(name)) return new CarefulAdapter(a);
        throw new IllegalArgumentException("service.adapter: no adapter '" + name + "' on the class path");
    }

    static void disable(Gate gate, ServiceConfig config) {
        for (Safeguard s : config.disabled()) {
            gate.flags(
                    switch (s) {
                        case CLAMP -> Gate.TEST_NO_CLAMP;
                        case SILENCE -> Gate.TEST_NO_SILENCE;
                        case HOLD -> Gate.TEST_NO_HOLD;
                        case LEASE -> Gate.TEST_NO_LEASE;
                        case STRICT -> Gate.TEST_NO_STRICT;
                    },
                    true);
        }
    }
}
