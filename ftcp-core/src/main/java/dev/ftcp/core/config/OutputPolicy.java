package dev.ftcp.core.config;

/** When a client may see what the service says (G2). */
public enum OutputPolicy {
    /** At once: it is logged while it leaves, so a client can be a little ahead of the log when the host is lost. */
    FOLLOW,
    /** When it is committed, as far as it has to be captured: no client is ever ahead of the log in that. */
    STRICT
}
