package dev.ftcp.daemon.control;

import com.google.gson.annotations.SerializedName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a switchover would do.
 *
 * @param service name of the service
 * @param from the host that has it
 * @param to the host that would get it
 * @param continued connections that would go on there
 * @param lost connections that would be reset
 * @param reasons why, with their numbers
 * @param obstacle why it would be refused, and what helps; null if it would not
 */
public record SwitchoverPlan(
        String service,
        String from,
        String to,
        long continued,
        @SerializedName("reset") long lost,
        Map<String, Long> reasons,
        @Nullable String obstacle) {}
