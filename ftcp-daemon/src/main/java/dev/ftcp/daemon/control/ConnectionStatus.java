package dev.ftcp.daemon.control;

import com.google.gson.annotations.SerializedName;
import org.jspecify.annotations.Nullable;

/**
 * One open connection.
 *
 * @param client address and port of the client
 * @param server service address and port
 * @param guarded whether a takeover would continue it
 * @param reason why not; null if it would
 * @param continued whether it came here by a takeover
 * @param ageNanos how long this daemon has followed it
 * @param clientBytes bytes of the client's stream so far
 * @param serverBytes bytes of the server's stream so far
 * @param uncommittedBytes client bytes that are seen, but not committed
 * @param retainedBytes bytes held for a replay
 */
public record ConnectionStatus(
        String client,
        String server,
        @SerializedName("protected") boolean guarded,
        @Nullable String reason,
        boolean continued,
        long ageNanos,
        long clientBytes,
        long serverBytes,
        long uncommittedBytes,
        long retainedBytes) {}
