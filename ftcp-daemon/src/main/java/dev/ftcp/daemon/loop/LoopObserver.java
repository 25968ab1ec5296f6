package dev.ftcp.daemon.loop;

import dev.ftcp.core.role.Role;

/** Told what the core loop does, on the core loop: must not block. */
public interface LoopObserver {
    /** A transition of the role. */
    void onRole(Role from, Role to, String reason, long nowNanos);

    /** The loop has looked at everything; every few milliseconds. */
    void onTurn(long nowNanos);
}
