package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.Endpoint;
import dev.ftcp.core.config.Service;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.daemon.takeover.ServiceAddresses;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.AddressProbe;
import dev.ftcp.xen.packet.Addresses;
import dev.ftcp.xen.packet.Announcer;
import dev.ftcp.xen.packet.Mac;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.PacketSender;
import dev.ftcp.xen.packet.SocketKiller;
import dev.ftcp.xen.packet.SocketList;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service's addresses on this host's interface: up, down, announced, asked for. Core loop only. */
final class ServiceAddress implements ServiceAddresses, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceAddress.class);
    private static final long PROBE_NANOS = 300_000_000L;
    /**
     * An announcement is repeated after this time, twice this time and so on: one may be lost, and who has missed it speaks to the other host until its
     * cache expires.
     */
    private static final long REPEAT_NANOS = 50_000_000L, LAST_REPEAT_NANOS = 30_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;

    private final Service service;
    private final NetInterface nic;
    private final PacketSender sender;
    private final PacketSender probeSender;
    private final Addresses addresses = new Addresses();
    private final List<InetAddress> vips;
    private final List<AddressProbe> probes = new ArrayList<>();
    private long announcedNanos;
    private long repeatAfter = NEVER;

    /** @param sender marked, so that the gate decides whether an announcement may leave */
    ServiceAddress(Service service, NetInterface nic, PacketSender sender) {
        this.service = service;
        this.nic = nic;
        this.sender = sender;
        this.probeSender = new PacketSender(nic.index(), 0);
        this.vips = service.addresses();
    }

    /** Where it is on the network while it is here: an Ethernet address. */
    long mac() {
        return nic.mac();
    }

    @Override
    public List<InetAddress> vips() {
        return vips;
    }

    void up() {
        vips.forEach(this::up);
    }

    @Override
    public void up(InetAddress vip) {
        addresses.add(nic.index(), vip);
    }

    /** Tells the network that the addresses are here, now and some more times by {@link #turn}. */
    @Override
    public void announce() {
        announcedNanos = Sys.bootNanos();
        repeatAfter = REPEAT_NANOS;
        sendAnnouncement();
    }

    /** Call it every few milliseconds. */
    void turn(long now) {
        if (now - announcedNanos < repeatAfter) return;
        repeatAfter = repeatAfter < LAST_REPEAT_NANOS ? 2 * repeatAfter : NEVER;
        sendAnnouncement();
    }

    private void sendAnnouncement() {
        for (InetAddress vip : vips) new Announcer(sender, nic.mac(), vip).announce();
    }

    /** Takes the addresses down, and ends the service's connections without a word. The gate must be closed. */
    void fence() {
        repeatAfter = NEVER;
        int ended = endSockets(key -> true);
        for (InetAddress vip : vips) addresses.remove(nic.index(), vip);
        if (ended > 0) LOG.info("event=fenced sockets={}", ended);
    }

    /** Ends connections under the service, whose clients hear of it unless the gate keeps it back; returns how many. */
    int endSockets(Predicate<FlowKey> which) {
        int ended = 0;
        for (Endpoint e : service.listen())
            ended += SocketKiller.destroy(e.address(), e.port(), which)
                    .destroyed()
                    .size();
        return ended;
    }

    /** The service's open connections, as this kernel knows them. Any thread. */
    Set<FlowKey> established() {
        return sockets(SocketList.ESTABLISHED);
    }

    /** Its connections whose socket is open or closing. */
    Set<FlowKey> opened() {
        return sockets(SocketList.OPENED);
    }

    /** All its connections that are neither closed nor in TIME_WAIT, those included that are being opened. */
    Set<FlowKey> connected() {
        return sockets(SocketList.CONNECTED);
    }

    private Set<FlowKey> sockets(int states) {
        Set<FlowKey> out = new HashSet<>();
        for (Endpoint e : service.listen())
            SocketList.of(e.address(), e.port(), states).forEach(s -> out.add(s.key()));
        return out;
    }

    /** Whether there are connections that are older than the wrap, or whose opening was not captured: nobody follows them. */
    boolean hasStrangers(FlowEngine engine) {
        Set<FlowKey> strangers = established();
        engine.forEach(flow -> strangers.remove(flow.opening().key()));
        return !strangers.isEmpty();
    }

    /**
     * Starts to ask the network whether somebody else has an address; also one that is up here, for it may be left from before the
     * other host took over.
     */
    void startProbe(long now) {
        stopProbe();
        for (InetAddress vip : vips) {
            AddressProbe probe = new AddressProbe(nic, vip, probeSender, PROBE_NANOS);
            probe.start(now);
            probes.add(probe);
        }
    }

    /** The outcome: null while it is open, empty if all are free, else who has one. */
    @org.jspecify.annotations.Nullable
    String pollProbe(long now) {
        boolean pending = false;
        for (AddressProbe p : probes) {
            switch (p.poll(now)) {
                case TAKEN -> {
                    String owner = Mac.text(p.owner());
                    stopProbe();
                    return owner;
                }
                case PENDING -> pending = true;
                case FREE -> {}
            }
        }
        if (pending) return null;
        stopProbe();
        return "";
    }

    @Override
    public void close() {
        stopProbe();
        addresses.close();
        probeSender.close();
    }

    private void stopProbe() {
        probes.forEach(AddressProbe::close);
        probes.clear();
    }
}
