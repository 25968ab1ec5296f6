package dev.ftcp.daemon.loop;

/** What the role machine has asked for and the core loop is to do. Core loop only. */
final class Asked {
    /** A standby is to be brought up to date. */
    boolean sync;

    /** The answers to an address probe are to be waited for. */
    boolean probe;

    /** The epoch that the standby is to be offered, once everything is in its log; 0 if none. */
    long handover;

    /** When the gate was closed for that, CLOCK_BOOTTIME. */
    long silentNanos;

    /** The epoch of a takeover that is to be carried out; 0 if none. */
    long takeover;

    /** When this host was promoted, CLOCK_BOOTTIME. */
    long promotedNanos;

    /** The epoch of the takeover, which is not asked for any more. */
    long takeTakeover() {
        long epoch = takeover;
        takeover = 0;
        return epoch;
    }

    /** Whether the loop has to look often. */
    boolean urgent() {
        return sync || probe || handover != 0;
    }

    /** There is no peer any more. */
    void peerGone() {
        sync = false;
        handover = 0;
    }
}
