package dev.ftcp.core.tcp;

/**
 * Arithmetic of 32-bit TCP sequence numbers (RFC 9293, section 3.4): comparisons hold while two numbers are less than
 * 2^31 apart. Offsets inside ftcp are 64-bit; a sequence number is {@code isn + 1 + offset}.
 */
public final class Seq {
    private Seq() {}

    /** Whether {@code a} comes before {@code b}. */
    public static boolean before(int a, int b) {
        return a - b < 0;
    }

    /** Whether {@code a} comes after {@code b}. */
    public static boolean after(int a, int b) {
        return a - b > 0;
    }

    /** The later of two sequence numbers. */
    public static int max(int a, int b) {
        return a - b < 0 ? b : a;
    }

    /** The earlier of two sequence numbers. */
    public static int min(int a, int b) {
        return a - b < 0 ? a : b;
    }

    /**
     * The 64-bit offset of {@code seq}, taken as the one nearest to {@code near}.
     *
     * @param isn initial sequence number of the stream (the SYN's), so that offset 0 is {@code isn + 1}
     * @param near an offset known to be less than 2^31 away
     */
    public static long offset(int seq, int isn, long near) {
        int nearSeq = at(isn, near);
        return near + (seq - nearSeq);
    }

    /** The sequence number of {@code offset} in the stream that began with {@code isn}. */
    public static int at(int isn, long offset) {
        return isn + 1 + (int) offset;
    }
}
