package dev.ftcp.daemon.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the control socket gives access to. Called on its threads; may take some ms, must not stop the core loop. */
public interface ServiceControl {
    /** What the daemon is now. */
    Status status();

    /** The open connections, oldest first. */
    List<ConnectionStatus> connections();

    /** The last takeovers that this daemon carried out, oldest first. */
    List<TimelineEntry> timeline();

    /** What a switchover would do now. */
    SwitchoverPlan plan();

    /**
     * Begins to give the service to the other host, which {@link #status} then shows.
     *
     * @throws RefusedException if {@link #plan} has an obstacle; nothing is done then
     */
    void switchover() throws RefusedException;

    /**
     * Begins to start the service anew under its connections, by its restart command.
     *
     * @throws RefusedException if that is not possible now; nothing is done then
     */
    void restart() throws RefusedException;

    /** What connections wait for while the service is down; null if it is not. */
    @Nullable
    String restartStage();
}
