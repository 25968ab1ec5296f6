package dev.ftcp.daemon.control;

import com.google.gson.annotations.SerializedName;
import dev.ftcp.core.role.Role;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon tells about itself: a verdict, and the evidence for it. Ages are nanoseconds before the answer, so that a reader needs
 * no clock of this host.
 *
 * @param verdict the role
 * @param reason why it is that, or what keeps it from being more
 * @param sinceAgeNanos how long it has been that
 * @param service name of the service
 * @param host this host
 * @param peer the other host
 * @param epoch the ownership that this daemon has or follows; 0 before the first
 * @param connections the connections that are open now
 * @param totals connections since the daemon started
 * @param lastTakeover the last takeover that this daemon carried out; null if none
 * @param committedBytes bytes of client and server streams committed since the start
 * @param retainedBytes bytes held for a replay now
 * @param doorbells notifications sent to the peer since the start
 * @param heartbeatAgeNanos age of the heartbeat that was sent (owner) or seen (standby) last; null if there is none
 * @param leaseNanos what is left of the gate's lease, negative if it is over; null if the gate has none
 * @param gate mode of the gate: CLOSED, PROTECT or OPEN
 * @param output when clients may see what the service says: follow or strict
 * @param counters further counters, by name
 * @param warnings what the operator must know in any case
 */
public record Status(
        Role verdict,
        String reason,
        long sinceAgeNanos,
        String service,
        String host,
        String peer,
        long epoch,
        Connections connections,
        Totals totals,
        @Nullable Takeover lastTakeover,
        long committedBytes,
        long retainedBytes,
        long doorbells,
        @Nullable Long heartbeatAgeNanos,
        @Nullable Long leaseNanos,
        String gate,
        String output,
        Map<String, Long> counters,
        List<String> warnings) {
    /**
     * Connections that are open now.
     *
     * @param live all
     * @param guarded those that a takeover would continue
     * @param unprotected those that it would reset
     * @param reasons why, with their numbers
     */
    public record Connections(
            long live, @SerializedName("protected") long guarded, long unprotected, Map<String, Long> reasons) {}

    /**
     * Connections since the daemon started.
     *
     * @param opened followed from their opening
     * @param closed closed in the ordinary way
     * @param continued continued here, after takeovers and in place; a connection counts each time
     * @param reset reset because they could not be continued byte-exactly
     */
    public record Totals(long opened, long closed, long continued, long reset) {}

    /**
     * A takeover.
     *
     * @param cause why it happened
     * @param ageNanos how long ago the pairing word was changed
     * @param casNanos when that was, CLOCK_BOOTTIME of this host
     * @param stagesMillis how long each stage took, in their order
     * @param connections how many connections were continued
     * @param resets how many were reset
     * @param resetReasons why, with their numbers
     */
    public record Takeover(
            String cause,
            long ageNanos,
            long casNanos,
            Map<String, Double> stagesMillis,
            long connections,
            long resets,
            Map<String, Long> resetReasons) {}
}
