package dev.ftcp.xen.packet;

import java.util.Locale;

/** Ethernet addresses as the low 48 bits of a long, first byte on the wire highest. */
public final class Mac {
    /** All stations. */
    public static final long BROADCAST = Wire.BROADCAST_MAC;

    private Mac() {}

    /** {@code aa:bb:cc:dd:ee:ff}. */
    public static String text(long mac) {
        StringBuilder s = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            s.append(String.format(Locale.ROOT, "%02x", mac >>> shift & 0xFF));
            if (shift > 0) s.append(':');
        }
        return s.toString();
    }

    /** Parses {@code aa:bb:cc:dd:ee:ff}. */
    public static long parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 6) throw new IllegalArgumentException("not an Ethernet address: '" + text + "'");
        long mac = 0;
        for (String part : parts) {
            int v = Integer.parseInt(part, 16);
            if (v < 0 || v > 0xFF) throw new IllegalArgumentException("not an Ethernet address: '" + text + "'");
            mac = mac << 8 | v;
        }
        return mac;
    }
}
