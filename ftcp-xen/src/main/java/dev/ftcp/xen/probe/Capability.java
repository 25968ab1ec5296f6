package dev.ftcp.xen.probe;

/**
 * One thing that ftcp needs from the host.
 *
 * @param name what it is, as {@code TCP_REPAIR}
 * @param ok whether it is there
 * @param detail what was found, or what went wrong
 * @param fix what to do about it; empty if {@code ok}
 */
public record Capability(String name, boolean ok, String detail, String fix) {
    static Capability present(String name, String detail) {
        return new Capability(name, true, detail, "");
    }

    static Capability missing(String name, String requires, String detail, String fix) {
        return new Capability(name, false, name + " not supported (requires " + requires + "): " + detail, fix);
    }

    /** {@code ok   NAME: detail} or {@code FAIL detail; fix}. */
    @Override
    public String toString() {
        return ok ? "ok   " + name + ": " + detail : "FAIL " + detail + "; " + fix;
    }
}
