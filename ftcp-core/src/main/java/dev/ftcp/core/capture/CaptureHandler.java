package dev.ftcp.core.capture;

/** Takes the records of the capture ring in order. */
@FunctionalInterface
public interface CaptureHandler {
    /**
     * Handles one record; its bytes are valid only during the call.
     *
     * @return false to stop draining and be offered the same record again later (the log is full)
     */
    boolean onCapture(CaptureRecord record);
}
