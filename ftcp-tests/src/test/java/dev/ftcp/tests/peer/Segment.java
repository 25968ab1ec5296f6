package dev.ftcp.tests.peer;

import java.nio.ByteBuffer;

/**
 * A TCP segment as it is on the wire (RFC 9293, section 3.1).
 *
 * @param window the field, not scaled
 * @param urgent the urgent pointer
 * @param options a multiple of 4 bytes, at most 40
 * @param fault what is wrong with the frame that carries it
 */
public record Segment(
        int seq, int ack, int flags, int window, int urgent, byte[] options, byte[] payload, Fault fault) {
    public static final int FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128;

    private static final String LETTERS = "FSRPAUEC";
    private static final int NOP = 1, MSS = 2, TIMESTAMPS = 8;

    /** Damage on the way: the receiver's kernel drops such a frame. */
    public enum Fault {
        NONE,
        TCP_CHECKSUM,
        IP_CHECKSUM
    }

    /** A segment with neither options nor payload. */
    public static Segment of(int seq, int ack, int flags, int window) {
        return new Segment(seq, ack, flags, window, 0, new byte[0], new byte[0], Fault.NONE);
    }

    public Segment withOptions(byte[] with) {
        return new Segment(seq, ack, flags, window, urgent, with, payload, fault);
    }

    public Segment withPayload(byte[] with) {
        return new Segment(seq, ack, flags, window, urgent, options, with, fault);
    }

    public Segment withUrgent(int pointer) {
        return new Segment(seq, ack, flags | URG, window, pointer, options, payload, fault);
    }

    public Segment withFault(Fault with) {
        return new Segment(seq, ack, flags, window, urgent, options, payload, with);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Sequence number after it: SYN and FIN count one each. */
    public int end() {
        return seq + payload.length + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }

    public boolean hasTimestamps() {
        return find(TIMESTAMPS) >= 0;
    }

    /** 0 without timestamps. */
    public int tsval() {
        int at = find(TIMESTAMPS);
        return at < 0 ? 0 : ByteBuffer.wrap(options).getInt(at + 2);
    }

    /** 0 without timestamps. */
    public int tsecr() {
        int at = find(TIMESTAMPS);
        return at < 0 ? 0 : ByteBuffer.wrap(options).getInt(at + 6);
    }

    /** 0 without that option. */
    public int mss() {
        int at = find(MSS);
        return at < 0 ? 0 : ByteBuffer.wrap(options).getShort(at + 2) & 0xFFFF;
    }

    /** The first byte of an option's value, or −1 without that option. */
    public int option(int kind) {
        int at = find(kind);
        return at < 0 ? -1 : options[at + 2] & 0xFF;
    }

    /** Flags as letters: {@code SA}, {@code PA}. */
    public static String letters(int flags) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < LETTERS.length(); bit++) if ((flags >>> bit & 1) != 0) text.append(LETTERS.charAt(bit));
        return text.toString();
    }

    /** Letters as flags; a dot stands for A, as in tcpdump. */
    public static int flags(String letters) {
        int flags = 0;
        for (char letter : letters.replace('.', 'A').toCharArray()) {
            int bit = LETTERS.indexOf(letter);
            if (bit < 0) throw new IllegalArgumentException("no TCP flag '" + letter + "' in " + letters);
            flags |= 1 << bit;
        }
        return flags;
    }

    @Override
    public String toString() {
        return letters(flags) + " seq " + (seq & 0xFFFFFFFFL) + " ack " + (ack & 0xFFFFFFFFL) + " win " + window + " ("
                + payload.length + " bytes)";
    }

    private int find(int kind) {
        for (int i = 0; i + 1 < options.length && options[i] != 0; i += options[i] == NOP ? 1 : options[i + 1]) {
            if (options[i] == kind) return i;
            if (options[i] != NOP && options[i + 1] < 2) return -1;
        }
        return -1;
    }
}
