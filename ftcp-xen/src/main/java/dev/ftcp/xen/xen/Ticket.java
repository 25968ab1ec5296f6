package dev.ftcp.xen.xen;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A page and a port that a daemon has made for its peer, as published in xenstore. A grant or port number may come to mean something else when its
 * daemon is dead: the nonce, which also stands in the page, tells.
 *
 * @param domid of the guest that published it
 * @param peer domid of the guest that it is for
 * @param page grant of the {@link ControlPage}
 * @param nonce no other page has had it
 * @param port where the guest listens
 */
record Ticket(int domid, int peer, int page, long nonce, int port) {
    private static final Pattern TEXT =
            Pattern.compile("domid=(\\d{1,5}) peer=(\\d{1,5}) page=(\\d{1,9}) nonce=([0-9a-f]{1,16}) port=(\\d{1,9})");

    /** Null if {@code text} is not one. */
    static @Nullable Ticket parse(@Nullable String text) {
        if (text == null) return null;
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) return null;
        return new Ticket(
                Integer.parseInt(m.group(1)),
                Integer.parseInt(m.group(2)),
                Integer.parseInt(m.group(3)),
                Long.parseUnsignedLong(m.group(4), 16),
                Integer.parseInt(m.group(5)));
    }

    /** What {@link #parse} reads. */
    String text() {
        return "domid=" + domid + " peer=" + peer + " page=" + page + " nonce=" + Long.toHexString(nonce) + " port="
                + port;
    }
}
