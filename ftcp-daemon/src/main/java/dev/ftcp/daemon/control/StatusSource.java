package dev.ftcp.daemon.control;

import java.util.List;

/** Where the control socket gets its answers. Called on threads of the control socket; may take some ms, must not stop the core loop. */
public interface StatusSource {
    /** What the daemon is now. */
    Status status();

    /** The open connections, oldest first. */
    List<ConnectionStatus> connections();
}
