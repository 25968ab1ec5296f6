package dev.ftcp.core.role;

/** A standby's region in simulated memory: the pairing word, the heartbeat, and what the checker knows about the copy. */
final class SimRegion {
    enum Word {
        FRESH,
        PAIRED,
        PROMOTED,
        DETACHED
    }

    final int ownerHost;
    final int ownerBoot;
    Word word = Word.FRESH;
    long epoch;
    long beat;
    boolean synced;
    /** The owner's gate is closed for good. */
    boolean silent;

    /** The owner has said all, and that the standby may own the address with this epoch; 0 before. */
    long handover;
    /** The service went on somewhere without committing to this copy. */
    boolean stale;

    SimRegion(int ownerHost, int ownerBoot) {
        this.ownerHost = ownerHost;
        this.ownerBoot = ownerBoot;
    }

    boolean swap(Word from, long fromEpoch, Word to, long toEpoch) {
        if (word != from || from != Word.FRESH && epoch != fromEpoch) return false;
        word = to;
        epoch = toEpoch;
        return true;
    }
}
