package dev.ftcp.xen.link;

/**
 * Decides who may be the first owner of the service address at a cold start, when there is no pairing word to ask. The claim of a daemon
 * that dies is free again. One thread.
 */
public interface Arbiter extends AutoCloseable {
    /** Claims the service address; true also if this object holds the claim already. Never blocks. */
    boolean tryClaim();

    /** Gives the claim back, if held. */
    void release();

    /** Name of the daemon that made the latest claim, for messages; empty if none did or it gave it back. */
    String holder();

    /** Releases. May be called again. */
    @Override
    void close();
}
