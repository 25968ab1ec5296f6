package dev.ftcp.xen.linux;

/** A system call failed: which, with what errno, and what it was meant to do. */
public final class SyscallException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int errno;

    SyscallException(String what, int errno, String text) {
        super(what + ": " + text + " (errno " + errno + ")");
        this.errno = errno;
    }

    /** The errno of the failed call; see {@link Errno}. */
    public int errno() {
        return errno;
    }
}
