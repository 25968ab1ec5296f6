package dev.ftcp.tests.peer;

/**
 * The habits of a TCP implementation.
 *
 * @param mss what it offers, and the most that it puts into a segment; the service's may be smaller
 * @param windowScale shift of its window, −1 for no window scaling
 * @param window bytes that it offers to take; it reads at once, so its window is always this
 * @param isn sequence number of its SYN
 * @param sack whether it permits SACK; it never sends blocks
 * @param timestamps whether it offers timestamps
 * @param tsStart its first timestamp
 * @param tsPerSecond how fast its timestamp clock runs
 * @param ecn whether it offers ECN
 * @param delaysAck whether it acknowledges every second segment, or after 100 ms; else each one
 * @param keepsOutOfOrder whether it keeps what comes ahead of a gap; else it drops it
 * @param fastRetransmit whether three duplicate acknowledgements make it send again before its timer does
 * @param rtoMillis its first retransmission timeout, doubled up to 2 s
 */
public record Stack(
        int mss,
        int windowScale,
        int window,
        int isn,
        boolean sack,
        boolean timestamps,
        int tsStart,
        int tsPerSecond,
        boolean ecn,
        boolean delaysAck,
        boolean keepsOutOfOrder,
        boolean fastRetransmit,
        int rtoMillis) {
    /** What RFC 793 asks for and not a thing more. */
    public static Stack plain() {
        return new Stack(1460, -1, 65535, 1000, false, false, 0, 0, false, false, true, false, 300);
    }

    /** No options at all, one segment at a time in a small buffer, nothing kept out of order: a microcontroller. */
    public static Stack uip() {
        return new Stack(536, -1, 536, 1, false, false, 0, 0, false, false, false, false, 1000);
    }

    /** lwIP's defaults. */
    public static Stack lwip() {
        return new Stack(536, -1, 4 * 536, 6510, false, false, 0, 0, false, true, true, true, 1000);
    }

    /** A BSD: timestamps in milliseconds from anywhere, SACK, scale 6. */
    public static Stack bsd() {
        return new Stack(1460, 6, 65536, 0x7FFF_FF00, true, true, 0xFFFF_F000, 1000, false, true, true, true, 230);
    }

    /** A Windows: no timestamps, SACK, scale 8, ECN. */
    public static Stack windows() {
        return new Stack(1460, 8, 1 << 18, 0xC0FF_EE00, true, false, 0, 0, true, true, true, true, 300);
    }

    public Stack withMss(int with) {
        return with(with, windowScale, window, isn, timestamps, tsStart, tsPerSecond);
    }

    public Stack withWindow(int bytes, int scale) {
        return with(mss, scale, bytes, isn, timestamps, tsStart, tsPerSecond);
    }

    public Stack withIsn(int with) {
        return with(mss, windowScale, window, with, timestamps, tsStart, tsPerSecond);
    }

    /** Slow clocks tick ten times a second, fast ones a million times. */
    public Stack withTimestamps(int start, int perSecond) {
        return with(mss, windowScale, window, isn, true, start, perSecond);
    }

    private Stack with(int mss, int scale, int window, int isn, boolean timestamps, int tsStart, int tsPerSecond) {
        return new Stack(
                mss,
                scale,
                window,
                isn,
                sack,
                timestamps,
                tsStart,
                tsPerSecond,
                ecn,
                delaysAck,
                keepsOutOfOrder,
                fastRetransmit,
                rtoMillis);
    }
}
