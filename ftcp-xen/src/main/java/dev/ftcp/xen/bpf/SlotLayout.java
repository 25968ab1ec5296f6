package dev.ftcp.xen.bpf;

/**
 * {@code struct ft_slot} of wrap.h: one cache line for each writer.
 *
 * <pre>
 *     0 daemon    committed_ack flags want want_mode rcv_wscale generation ahead_ns fin_ack owed
 *    64 egress    max_ack sent_ack last_seq last_wnd tsval tsecr held clamped sent_right swallowed packets killed last_ns max_right
 *   128 ingress   client_ack client_wnd client_tsval client_seq_end seen packets dropped
 * </pre>
 */
final class SlotLayout {
    static final int BYTES = 192;

    static final int COMMITTED_ACK = 0,
            FLAGS = 4,
            WANT = 8,
            WANT_MODE = 12,
            RCV_WSCALE = 16,
            GENERATION = 20,
            AHEAD_NS = 24,
            FIN_ACK = 32,
            OWED = 36;
    static final int MAX_ACK = 64,
            SENT_ACK = 68,
            LAST_SEQ = 72,
            LAST_WND = 76,
            TSVAL = 80,
            TSECR = 84,
            HELD = 88,
            CLAMPED = 92;
    static final int SENT_RIGHT = 96, SWALLOWED = 100, PACKETS = 104, KILLED = 108, LAST_NS = 112, MAX_RIGHT = 120;
    static final int CLIENT_ACK = 128, CLIENT_WND = 132, CLIENT_TSVAL = 136, CLIENT_SEQ_END = 140, SEEN = 144;
    static final int IN_PACKETS = 148, DROPPED = 152;
    static final int F_LIVE = 1, F_OPEN = 2, F_GIVEN_UP = 4, F_DEAF = 8;
    static final int WANT_NONE = 0, WANT_FROM = 1;

    private SlotLayout() {}
}
