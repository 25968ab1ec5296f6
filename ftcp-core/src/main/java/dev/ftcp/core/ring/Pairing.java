package dev.ftcp.core.ring;

/**
 * The word that decides who owns the service address.
 *
 * <pre>
 *   63  62 61                                    0
 *   +-----+--------------------------------------+
 *   |state| epoch                                |
 *   +-----+--------------------------------------+
 *
 *   FRESH ──▶ PAIRED(e) ──▶ PROMOTED(e+1)   by the standby: it takes over
 *                     └───▶ DETACHED(e)     by the primary: it goes on alone
 * </pre>
 *
 * A fresh region is all zeroes, so that a standby can't be promoted before the primary said that every connection is in.
 *
 * @param state what was decided
 * @param epoch 0 to {@link #MAX_EPOCH}; 0 and only 0 if fresh
 */
public record Pairing(State state, long epoch) {
    /** What was decided. */
    public enum State {
        /** The standby is not promotable yet. */
        FRESH,
        /** The standby may be promoted. */
        PAIRED,
        /** The standby owns the address. */
        PROMOTED,
        /** The primary goes on alone; the standby's copy is stale for ever. */
        DETACHED
    }

    /** Largest epoch that fits. */
    public static final long MAX_EPOCH = (1L << 62) - 1;

    /** The word of a fresh region. */
    public static final Pairing FRESH = new Pairing(State.FRESH, 0);

    private static final int STATE_SHIFT = 62;
    private static final State[] STATES = State.values();

    /** Checks the range of the epoch. */
    public Pairing {
        if (epoch < 0 || epoch > MAX_EPOCH) throw new IllegalArgumentException("epoch out of range: " + epoch);
        if ((state == State.FRESH) != (epoch == 0))
            throw new IllegalArgumentException(
                    "epoch 0 means FRESH and nothing else, got " + state + "(" + epoch + ")");
    }

    /** {@code PAIRED(epoch)}. */
    public static Pairing paired(long epoch) {
        return new Pairing(State.PAIRED, epoch);
    }

    /** {@code PROMOTED(epoch)}. */
    public static Pairing promoted(long epoch) {
        return new Pairing(State.PROMOTED, epoch);
    }

    /** {@code DETACHED(epoch)}. */
    public static Pairing detached(long epoch) {
        return new Pairing(State.DETACHED, epoch);
    }

    /**
     * Decodes a word.
     *
     * @throws IllegalArgumentException if no state has this encoding
     */
    public static Pairing of(long word) {
        return word == 0 ? FRESH : new Pairing(STATES[(int) (word >>> STATE_SHIFT)], word & MAX_EPOCH);
    }

    /** The encoded word. */
    public long word() {
        return (long) state.ordinal() << STATE_SHIFT | epoch;
    }

    /** {@code PAIRED(7)}; {@code FRESH}. */
    @Override
    public String toString() {
        return state == State.FRESH ? "FRESH" : state + "(" + epoch + ")";
    }
}
