package dev.ftcp.core.ring;

/** A region's header is not what this version writes: which word, at what offset, and what it holds. */
public final class RegionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what is wrong and where. */
    public RegionException(String message) {
        super(message);
    }
}
