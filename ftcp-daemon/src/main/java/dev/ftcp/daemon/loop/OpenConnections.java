package dev.ftcp.daemon.loop;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.daemon.control.Status;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts the connections that are open, and why a takeover would not continue some of them (G6: never silently). */
final class OpenConnections {
    /** Why a connection is not followed. */
    static final String STRANGER = "not followed: older than this daemon, or opened while the capture ring was full";

    private static final String ALONE = "no standby has a complete copy";
    private static final String GIVEN_UP = "given up by the standby, whose status tells why";
    private static final String OTHERS = "other reasons";
    /** Reasons may contain numbers; a status has room for so many different ones. */
    private static final int MOST_REASONS = 12;

    private final boolean covered;
    private final Map<String, Long> reasons = new TreeMap<>();
    private long guarded;
    private long unprotected;

    /** @param covered whether there is a copy that could take over */
    OpenConnections(boolean covered) {
        this.covered = covered;
    }

    void followed(FlowLedger flow) {
        String why = flow.unprotected();
        if (why == null && covered) guarded++;
        else unprotected(why == null ? ALONE : why, 1);
    }

    /** Sockets of the service that nobody follows. */
    void strangers(Set<FlowKey> sockets) {
        unprotected(STRANGER, sockets.size());
    }

    /** What the standby says of itself: it can only take away. */
    void givenUpByStandby(long said) {
        long n = Math.max(0, Math.min(said, guarded));
        guarded -= n;
        unprotected(GIVEN_UP, n);
    }

    long unprotected() {
        return unprotected;
    }

    Status.Connections counts() {
        return new Status.Connections(guarded + unprotected, guarded, unprotected, reasons);
    }

    private void unprotected(String why, long n) {
        if (n == 0) return;
        unprotected += n;
        boolean room = reasons.containsKey(why) || reasons.size() < MOST_REASONS;
        reasons.merge(room ? why : OTHERS, n, Long::sum);
    }
}
