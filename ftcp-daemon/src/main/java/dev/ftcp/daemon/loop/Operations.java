package dev.ftcp.daemon.loop;

import dev.ftcp.core.role.Role;
import dev.ftcp.core.role.RoleMachine;
import dev.ftcp.daemon.control.ConnectionStatus;
import dev.ftcp.daemon.control.RefusedException;
import dev.ftcp.daemon.control.ServiceControl;
import dev.ftcp.daemon.control.Status;
import dev.ftcp.daemon.control.SwitchoverPlan;
import dev.ftcp.daemon.control.TimelineEntry;
import dev.ftcp.xen.linux.Sys;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators may do: each is decided and begun on the core loop. */
final class Operations implements ServiceControl {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);
    private static final long POLL_NANOS = 5_000_000L;

    private final StatusBoard board;
    private final RoleMachine machine;
    private final Pair pair;
    private final ServiceRestart restart;

    Operations(StatusBoard board, RoleMachine machine, Pair pair, ServiceRestart restart) {
        this.board = board;
        this.machine = machine;
        this.pair = pair;
        this.restart = restart;
    }

    @Override
    public Status status() {
        return board.status();
    }

    @Override
    public List<ConnectionStatus> connections() {
        return board.connections();
    }

    @Override
    public List<TimelineEntry> timeline() {
        return board.timeline();
    }

    @Override
    public SwitchoverPlan plan() {
        Status s = board.status();
        String obstacle = board.onLoop(() -> new Obstacle(obstacle(s))).why();
        Status.Connections c = s.connections();
        return new SwitchoverPlan(s.service(), s.host(), s.peer(), c.guarded(), c.unprotected(), c.reasons(), obstacle);
    }

    @Override
    public void switchover() throws RefusedException {
        Status s = board.status();
        String why = board.onLoop(() -> {
                    String obstacle = obstacle(s);
                    if (obstacle == null && !machine.onSwitchover(Sys.bootNanos())) obstacle = "the daemon is stopping";
                    return new Obstacle(obstacle);
                })
                .why();
        if (why != null) throw new RefusedException(why);
    }

    /** Switches over, if that is possible, and waits for its end. */
    void giveAway() {
        try {
            if (!board.onLoop(machine::role).isOwner()) return;
            switchover();
            while (board.onLoop(machine::role) == Role.HANDOVER) LockSupport.parkNanos(POLL_NANOS);
        } catch (RefusedException e) {
            LOG.warn(
                    "event=not-given-away effect=\"connections that ftcpd carries are reset\" reason=\"{}\"",
                    e.getMessage());
        }
    }

    @Override
    public void restart() throws RefusedException {
        String why = board.onLoop(() -> new Obstacle(restart.command(Sys.bootNanos())))
                .why();
        if (why != null) throw new RefusedException(why);
    }

    @Override
    public @Nullable String restartStage() {
        return board.onLoop(() -> new Obstacle(restart.stage())).why();
    }

    private record Obstacle(@Nullable String why) {}

    /** On the core loop. */
    private @Nullable String obstacle(Status s) {
        Role role = machine.role();
        if (role == Role.STANDBY || role == Role.JOINING)
            return "this host is the standby; give the command on " + s.peer();
        if (role != Role.PROTECTED)
            return "there is no standby that could take over: " + role + ", "
                    + machine.status().reason();
        if (restart.underWay()) return "the service is being restarted: " + restart.stage();
        if (!pair.standbyServes())
            return "the service does not answer on " + s.peer() + ": start it there, or see its backend addresses";
        return null;
    }
}
