package dev.ftcp.core.config;

import java.util.List;

/**
 * A rule that values of a configuration break. A reader that knows where the key stands turns it into a {@link ConfigProblem}.
 *
 * @param key dotted key of the value to change, as in {@code timing.lease}
 * @param message what is wrong and what would be right
 */
public record Violation(String key, String message) {
    /** Refuses to build a record whose values break a rule. */
    static void refuse(List<Violation> violations) {
        if (violations.isEmpty()) return;
        Violation first = violations.get(0);
        throw new IllegalArgumentException(first.key + ": " + first.message);
    }
}
