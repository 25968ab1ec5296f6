package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.OutputPolicy;
import dev.ftcp.core.config.Service;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.follow.FollowConfig;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.role.Role;
import dev.ftcp.core.role.RoleMachine;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.daemon.control.ServiceControl;
import dev.ftcp.daemon.relay.FlowSummary;
import dev.ftcp.daemon.relay.Relay;
import dev.ftcp.daemon.relay.RelayConfig;
import dev.ftcp.daemon.relay.RelayListener;
import dev.ftcp.daemon.relay.RelayedFlow;
import dev.ftcp.daemon.takeover.Restorer;
import dev.ftcp.daemon.takeover.Takeover;
import dev.ftcp.daemon.wrap.LinuxWrap;
import dev.ftcp.xen.bpf.Gate;
import dev.ftcp.xen.bpf.GateCounter;
import dev.ftcp.xen.bpf.GateMode;
import dev.ftcp.xen.bpf.Wrap;
import dev.ftcp.xen.bpf.WrapSpec;
import dev.ftcp.xen.link.Arbiter;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.Rendezvous;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.FrameBatch;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.PacketSender;
import dev.ftcp.xen.packet.SynReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One service's daemon on one host: everything made, wired, and taken down in reverse order. */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final int RECEIVE_BUFFER = 4 << 20;
    private static final int LANES = 1;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Wrap wrap;
    private final FlowEngine engine;
    private final Ledger ledger;
    private final ChunkPool pool;
    private final Relay relay;
    private final Takeover takeover;
    private final Pair pair;
    private final RoleMachine machine;
    private final CoreLoop loop;
    private final AtomicInteger relayResets = new AtomicInteger();
    private final Operations operations;
    private final ServiceWatch serviceWatch;
    private final ServiceRestart restart;

    /**
     * Makes everything, with the gate closed; nothing is said on the network yet.
     *
     * @throws LinkException if the link can't be used, or another daemon of this host lives
     */
    public Daemon(ServiceConfig config, Host self, LoopObserver observer) throws LinkException {
        boolean made = false;
        try {
            Service service = config.service();
            NetInterface nic = NetInterface.find(self.interfaceName());
            int connections = config.limits().connections();
            List<String> warnings = new ArrayList<>(OpenFiles.warnings(connections));
            warnings.forEach(why -> LOG.warn("event=open-files reason=\"{}\"", why));
            warnings.addAll(0, config.warnings());
            long perFlow = config.limits().retainPerConnectionBytes();
            FollowConfig follow =
                    FollowConfig.of(Wiring.adapter(config), service.deterministic(), connections, perFlow);
            relay = own(new Relay(RelayConfig.defaults()
                    .patient(Duration.ofNanos(config.onServiceFault().patienceNanos()))));
            Rehearsals rehearsals = new Rehearsals(follow);
            rehearsals.begin(relay); // before anything is silenced, for it takes long
            Rendezvous rendezvous = own(Wiring.rendezvous(config, self));
            Arbiter arbiter = own(rendezvous.arbiter());
            wrap = own(wrap(Wiring.wrapSpec(config, self), config, arbiter));
            Wiring.disable(wrap.gate(), config);
            wrap.gate().flags(Gate.STRICT, service.output() == OutputPolicy.STRICT);
            ClientNet net = own(new ClientNet(nic, service.addresses(), PacketSender.DAEMON_MARK, RECEIVE_BUFFER));
            ServiceAddress address = own(new ServiceAddress(service, nic, net.sender()));
            pool = new ChunkPool(config.limits().retainBytes());
            FrameBatch held = own(new FrameBatch(nic.index(), PacketSender.DAEMON_MARK));
            LinuxWrap port = new LinuxWrap(wrap, held, net.probes(), this::onKilled);
            engine = new FlowEngine(follow, port, SynReader::read, pool);
            ledger = new Ledger(connections, pool, perFlow);
            Restorer restorer = new Restorer(
                    follow,
                    engine,
                    relay,
                    net,
                    Wiring.backends(service),
                    Sys::bootNanos,
                    relayListener(),
                    this::executeAfterCapture);
            TakeoverHistory history = new TakeoverHistory();
            takeover = new Takeover(restorer, net, Sys::bootNanos, history::lost);
            Sleeper sleeper = own(new Sleeper(wrap.capture()));
            Peers peers = own(new Peers(
                    rendezvous, new RegionSpec(LANES, (int) config.link().sizeBytes()), sleeper::wake));
            pair = new Pair(wrap.gate(), peers, arbiter, address, engine, ledger, connections, observer);
            machine =
                    new RoleMachine(config.timing(), self.equals(config.hosts().first()), pair);
            serviceWatch = own(new ServiceWatch(
                    service.backends().stream().map(Wiring::socketAddress).toList(),
                    config.onServiceFault().health(),
                    () -> execute(this::onServiceBack),
                    () -> execute(this::onServiceSilent)));
            restart = new ServiceRestart(
                    config.onServiceFault(),
                    wrap.gate(),
                    engine.interrupted(),
                    address,
                    takeover,
                    machine,
                    serviceWatch,
                    history,
                    this::execute);
            loop = new CoreLoop(
                    config.timing(),
                    wrap.gate(),
                    wrap.capture(),
                    engine,
                    ledger,
                    pair,
                    peers,
                    address,
                    machine,
                    takeover,
                    sleeper,
                    serviceWatch,
                    restart,
                    history,
                    observer);
            StatusBoard board = new StatusBoard(
                    config,
                    warnings,
                    self,
                    wrap.gate(),
                    held,
                    engine,
                    ledger,
                    pool,
                    pair,
                    address,
                    machine::status,
                    history,
                    takeover::continued,
                    () -> takeover.resets() + relayResets.get(),
                    this::execute);
            operations = new Operations(board, machine, pair, restart);
            peers.start();
            own(rehearsals.goOn(() -> wrap.gate().mode() == GateMode.CLOSED));
            made = true;
        } finally {
            if (!made) close();
        }
    }

    /**
     * The wrap, closed until the role is known. Only where the last daemon was alone its gate stands open, and the service lives on: it stays so if the
     * claim can be had first, for then no other host becomes owner meanwhile.
     */
    private static Wrap wrap(WrapSpec spec, ServiceConfig config, Arbiter arbiter) {
        Wrap.requireOwnAddresses(config.bpfDirectory(), spec);
        boolean livesOn = Wrap.standsOpen(spec) && arbiter.tryClaim();
        return Wrap.load(spec, livesOn ? GateMode.OPEN : GateMode.CLOSED);
    }

    /** Runs until {@link #stop}; the calling thread becomes the core loop. */
    public void run() {
        loop.run();
    }

    /**
     * Leaves the pair in good order: the service lives on, unprotected, without anything of ftcp. Connections that live in this daemon can't
     * do that: if there are some, and a standby, it gets the service first. Any thread but the core loop; waits for the standby.
     */
    public void stop() {
        if (relay.stats().live() > 0) operations.giveAway();
        execute(() -> {
            boolean owner = machine.role().isOwner();
            machine.onStop(Sys.bootNanos());
            if (machine.role() != Role.STOPPED) return; // a takeover under way is finished first
            if (!owner) pair.fence();
            loop.stop(); // first: the relay says its last words to nobody
            wrap.remove();
        });
    }

    /** What operators may know and do. */
    public ServiceControl control() {
        return operations;
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.warn("event=close-failed reason=\"{}\"", e.getMessage());
            }
        }
    }

    private void executeAfterCapture(Runnable word) {
        loop.executeAfterCapture(word);
    }

    private void execute(Runnable task) {
        loop.execute(task);
    }

    private void onKilled(FlowKey key, int how) {
        restart.killed(how, Sys.bootNanos());
    }

    private void onServiceBack() {
        machine.onServiceRestored(Sys.bootNanos());
        restart.serviceBack(Sys.bootNanos());
    }

    private void onServiceSilent() {
        restart.hangs(Sys.bootNanos());
    }

    private RelayListener relayListener() {
        return new RelayListener() {
            @Override
            public long kills() {
                return wrap.gate().count(GateCounter.BACKEND_KILLS);
            }

            @Override
            public long failures() {
                return wrap.gate().count(GateCounter.BACKEND_FAILURES);
            }

            @Override
            public boolean owes(RelayedFlow flow) {
                return wrap.slots().isOwing(flow.id());
            }

            @Override
            public void onServiceKilled(RelayedFlow flow) {
                execute(() -> restart.relayedKilled(flow.id(), flow.key(), Sys.bootNanos()));
            }

            @Override
            public void onReset(RelayedFlow flow, String reason, FlowSummary summary) {
                relayResets.incrementAndGet();
                LOG.warn("event=reset flow={} reason=\"{}\"", flow.name(), reason);
            }
        };
    }

    private <T extends AutoCloseable> T own(T part) {
        parts.push(part);
        return part;
    }
}
