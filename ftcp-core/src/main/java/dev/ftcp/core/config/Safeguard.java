package dev.ftcp.core.config;

/** A guarantee that a test may switch off, to prove that the tests notice. Never off in operation. */
public enum Safeguard {
    /** No client byte is acknowledged before it is committed (G1). */
    CLAMP,
    /** No FIN or RST of a dying process reaches a client (G4). */
    SILENCE,
    /** No SYN-ACK leaves before the opening is committed (G3). */
    HOLD,
    /** Nothing leaves past the lease (G5). */
    LEASE,
    /** With {@link OutputPolicy#STRICT}, no output leaves before it is committed (G2). */
    STRICT
}
