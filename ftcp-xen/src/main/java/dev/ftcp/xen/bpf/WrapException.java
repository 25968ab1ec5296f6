package dev.ftcp.xen.bpf;

/** The wrap could not be loaded, attached or removed: what failed, and what libbpf and the kernel's verifier said about it. */
public final class WrapException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String log;

    WrapException(String message, String log) {
        super(log.isEmpty() ? message : message + "\n" + log);
        this.log = log;
    }

    /** What libbpf logged, the verifier's log included; empty if it said nothing. */
    public String log() {
        return log;
    }
}
