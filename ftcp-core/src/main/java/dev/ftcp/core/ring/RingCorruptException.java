package dev.ftcp.core.ring;

/**
 * The other side of a ring wrote what it must never write. Sticky: the ring that threw it throws it again on every later use,
 * because nothing after the bad word can be trusted. The link has to be given up.
 */
public final class RingCorruptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what is wrong and at which position. */
    public RingCorruptException(String message) {
        super(message);
    }
}
