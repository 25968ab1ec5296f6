package dev.ftcp.core.capture;

/** Takes the records of the capture ring in order. */
@FunctionalInterface
public interface CaptureHandler {
    /**
     * Handles one record; its bytes are valid until {@link #beforeReuse} returns, and if that is not called until the next drain.
     *
     * @return false to stop draining and be offered the same record again later (the log is full)
     */
    boolean onCapture(CaptureRecord record);

    /** The memory of the records taken so far is about to be given back: what still needs it must be done now. */
    default void beforeReuse() {}
}
