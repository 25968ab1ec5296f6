package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.ServiceFaultPolicy;
import dev.ftcp.core.follow.Interrupted;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.role.Role;
import dev.ftcp.core.role.RoleMachine;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.daemon.takeover.Takeover;
import dev.ftcp.xen.bpf.Gate;
import dev.ftcp.xen.bpf.GateCounter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service that fails, or is started anew, under connections that stay on this host. The order matters:
 *
 * <ol>
 *   <li>the gate is in doubt: what this kernel answers for sockets that are gone, or to clients that find no listener, does not leave;
 *   <li>the sockets end. Those of a killed service do so by themselves, or are ended here, as the others are, silenced before. The engine sees each end
 *       behind all that the socket ever said, so the ledger of a lost connection is complete;
 *   <li>the service is started: by whoever does that, or by {@code restart-command};
 *   <li>when it answers, each lost connection is restored in this kernel, as after a takeover, but in its old slot: the standby's copy
 *       stays what it is. Requests that may have killed the service are tried one by one ({@link Quarantine}).
 * </ol>
 *
 * A service that does not come back is the standby's, or its connections are given up. Core loop only.
 */
final class ServiceRestart {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceRestart.class);
    /** How long a killed service may take to come back by itself before the command is run. */
    private static final long BY_ITSELF_NANOS = 1_000_000_000L;
    /** The end of a socket is captured at once; for longer than this nothing waits for it. */
    private static final long SOCKETS_END_NANOS = 1_000_000_000L;

    /** Where it stands. */
    private enum Phase {
        IDLE,
        COMMAND,
        DOWN,
        BACK
    }

    private final ServiceFaultPolicy policy;
    private final Gate gate;
    private final Interrupted interrupted;
    private final ServiceAddress address;
    private final Takeover takeover;
    private final RoleMachine machine;
    private final ServiceWatch watch;
    private final TakeoverHistory history;
    private final Consumer<Runnable> loop;
    private final Quarantine quarantine;
    private final Set<FlowKey> relayedToEnd = new HashSet<>();

    private Phase phase = Phase.IDLE;
    private Outage outage;
    private long deaths;
    private boolean onPurpose, commanded, givenUp, judged;

    ServiceRestart(
            ServiceFaultPolicy policy,
            Gate gate,
            Interrupted interrupted,
            ServiceAddress address,
            Takeover takeover,
            RoleMachine machine,
            ServiceWatch watch,
            TakeoverHistory history,
            Consumer<Runnable> loop) {
        this.policy = policy;
        this.gate = gate;
        this.interrupted = interrupted;
        this.address = address;
        this.takeover = takeover;
        this.machine = machine;
        this.watch = watch;
        this.history = history;
        this.loop = loop;
        this.quarantine = new Quarantine(policy.quarantineAfter());
        this.outage = new Outage(takeover, "none yet", 0);
    }

    /** Whether connections wait for the service, or to be continued. */
    boolean underWay() {
        return phase != Phase.IDLE;
    }

    /** What it waits for, or null. */
    @Nullable
    String stage() {
        return switch (phase) {
            case IDLE -> null;
            case COMMAND -> "the restart command runs";
            case DOWN -> "the service does not answer yet";
            case BACK -> "connections are continued";
        };
    }

    /** A task of the service that owned a connection failed: {@code how} as in {@link dev.ftcp.core.follow.WrapPort#serviceKilled}. */
    void killed(int how, long now) {
        int signal = how & 0x7f;
        String what = signal != 0 ? "was killed by signal " + signal : "exited with status " + (how >> 8);
        fault("the service " + what, now);
    }

    /**
     * A connection that the relay carries stands still there, for the service may have been killed: its socket is to be ended. If it was, the gate has
     * told so too; if not, it goes on in place all the same.
     */
    void relayedKilled(int slot, FlowKey key, long now) {
        Role role = machine.role();
        if (!role.isOwner() || role == Role.HANDOVER) return;
        if (phase == Phase.IDLE) begin("the service was killed", now);
        interrupted.silence(slot);
        relayedToEnd.add(key);
    }

    /** The service does not answer the health probe. */
    void hangs(long now) {
        String what = "the service does not answer its health probe";
        if (underWay() || !machine.role().isOwner()) return;
        if (!fault(what, now)) return;
        if (policy.command().isEmpty()) LOG.error("event=service-hangs fix=\"set service.restart-command\"");
        else runCommand();
    }

    /** Whether this host goes on with the connections. */
    private boolean fault(String what, long now) {
        if (phase == Phase.COMMAND) return false; // whoever starts it anew may end it in any way
        Role role = machine.role();
        if (role == Role.HANDOVER || role == Role.PROTECTED && isForTheStandby(now)) {
            machine.onServiceFault(what, now);
            watch.await();
            return false;
        }
        if (!role.isOwner()) return false;
        if (phase == Phase.IDLE) begin(what, now);
        if (phase == Phase.BACK) {
            phase = Phase.DOWN;
            outage.again(now);
            onPurpose = false;
            watch.await();
        }
        return true;
    }

    /** What this host took over a moment ago, and the service dies with again, the other host would only take back. */
    private boolean isForTheStandby(long now) {
        return policy.action() == ServiceFaultPolicy.Action.TAKEOVER && !quarantine.isRepeated(interrupted::has, now);
    }

    /**
     * This host is owner by a takeover.
     *
     * @param flows the connections that came here, if the other host, or its service, may have died of one of them
     */
    void tookOver(List<FlowLedger> flows, long now) {
        quarantine.takenOver(flows, now);
    }

    /** Why the operator's command to start the service anew is refused, or null; then it has begun. */
    @Nullable
    String command(long now) {
        Role role = machine.role();
        if (!role.isOwner() || role == Role.HANDOVER)
            return "this host does not own the service now: " + role + ", "
                    + machine.status().reason();
        if (policy.command().isEmpty())
            return "service.restart-command is not set: ftcpd does not know how to start the service";
        if (underWay()) return "a restart is under way: " + stage();
        begin("restart", now);
        onPurpose = true;
        runCommand();
        return null;
    }

    private void begin(String what, long now) {
        LOG.warn("event=service-down reason=\"{}\"", what);
        outage = new Outage(takeover, what, now);
        onPurpose = false;
        commanded = false;
        givenUp = false;
        gate.flags(Gate.DOUBT | Gate.DOWN, true);
        phase = Phase.DOWN;
        watch.await();
    }

    private void runCommand() {
        commanded = true;
        phase = Phase.COMMAND;
        interrupted.silenceAll();
        address.endSockets(key -> true);
        Outage of = outage;
        ServiceCommand.run(policy.command(), policy.patienceNanos(), () -> loop.accept(() -> commandEnded(of)));
    }

    private void commandEnded(Outage of) {
        if (of != outage || phase != Phase.COMMAND) return;
        phase = Phase.DOWN;
        watch.await();
    }

    /** The service answers everywhere. */
    void serviceBack(long now) {
        gate.listensAgain(deaths);
        if (phase != Phase.DOWN) return;
        phase = Phase.BACK;
        outage.over(now);
        judged = false;
    }

    /** Does what is due; every few milliseconds. */
    void turn(long now) {
        long died = gate.count(GateCounter.LISTENER_DEATHS);
        if (died != deaths) {
            deaths = died;
            fault("the service was killed, or exited with a failure", now);
        }
        boolean owner = machine.role().isOwner();
        if (!owner)
            gate.listensAgain(deaths); // it says nothing here, and becomes owner only with a service that answers
        if (phase == Phase.IDLE) return;
        if (!owner) {
            end();
            return;
        }
        if (!relayedToEnd.isEmpty()) {
            address.endSockets(relayedToEnd::contains);
            relayedToEnd.clear();
        }
        if (phase == Phase.BACK) goOn(now);
        else if (now - outage.sinceNanos() > policy.patienceNanos()) giveUp(now);
        else if (phase == Phase.DOWN
                && !commanded
                && !policy.command().isEmpty()
                && now - outage.sinceNanos() > BY_ITSELF_NANOS) runCommand();
    }

    private void goOn(long now) {
        Set<FlowKey> ending = interrupted.ending();
        if (!ending.isEmpty()) address.endSockets(ending::contains);
        if (!judged) {
            if (!ending.isEmpty() && now - outage.backNanos() < SOCKETS_END_NANOS) return;
            judged = true;
            interrupted.forgotten(address.connected());
            if (onPurpose) quarantine.restarted();
            else quarantine.fault(interrupted.lost(), outage.sinceNanos());
        }
        List<FlowLedger> ready = new ArrayList<>();
        List<FlowLedger> lost = interrupted.lost();
        for (FlowLedger flow : lost) {
            if (takeover.awaits(flow)) continue;
            if (givenUp) {
                if (interrupted.giveUp(flow, "the service did not come back")) ready.add(flow);
            } else if (quarantine.isGuilty(flow)) {
                if (interrupted.giveUp(flow, "quarantined: the service died of its request again and again"))
                    ready.add(flow);
            } else if (!quarantine.isSuspect(flow)) {
                ready.add(flow);
            }
        }
        FlowLedger tried = quarantine.next(lost.stream().anyMatch(quarantine::isAccused), now);
        if (tried != null) ready.add(tried);
        if (!ready.isEmpty()) {
            gate.flags(Gate.DOUBT, true);
            quarantine.sentAgain(now);
            takeover.begin(ready);
        }
        if (lost.isEmpty() && ending.isEmpty() && quarantine.isOver()) finish(now);
    }

    private void finish(long now) {
        history.add(machine.status().epoch(), outage.report(now));
        end();
    }

    private void giveUp(long now) {
        String what =
                "the service did not come back within " + TimeUnit.NANOSECONDS.toSeconds(policy.patienceNanos()) + " s";
        LOG.error("event=service-lost reason=\"{}\"", what);
        if (machine.role() == Role.PROTECTED) {
            machine.onServiceFault(what, now);
            return;
        }
        givenUp = true;
        outage.over(now);
        phase = Phase.BACK;
    }

    private void end() {
        phase = Phase.IDLE;
        relayedToEnd.clear();
        gate.listensAgain(deaths);
        gate.flags(Gate.DOWN, false);
        gate.flags(Gate.DOUBT, takeover.hasWaiting());
    }
}
