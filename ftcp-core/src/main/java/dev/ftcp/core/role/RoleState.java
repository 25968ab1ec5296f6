package dev.ftcp.core.role;

/** What a daemon is, and when it has something to do next. Not thread-safe. */
final class RoleState {
    static final long NEVER = Long.MAX_VALUE;

    private final RolePort port;
    Role role = Role.STARTING;
    String reason = "not started";
    long since;
    long epoch;
    long nextTick = NEVER;

    RoleState(RolePort port) {
        this.port = port;
    }

    void become(Role next, String why, long now) {
        Role from = role;
        role = next;
        reason = why;
        since = now;
        port.roleChanged(from, next, why, now);
    }
}
