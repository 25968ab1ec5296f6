package dev.ftcp.daemon.control;

import java.io.IOException;

/** The daemon understood, and refused: the message says why, and what would help. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param why for operators */
    public RefusedException(String why) {
        super(why);
    }
}
