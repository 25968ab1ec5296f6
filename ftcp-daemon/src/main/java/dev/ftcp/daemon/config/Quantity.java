package dev.ftcp.daemon.config;

import dev.ftcp.core.config.Units;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with a unit. The unit is mandatory: {@code timeout = 200} has cost too many people too many evenings. */
final class Quantity {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,18}) ?([A-Za-z]*)");
    private static final Map<String, Long> TIMES =
            units("us", 1_000L, "ms", Units.MS, "s", 1000 * Units.MS, "min", 60_000 * Units.MS);
    private static final Map<String, Long> SIZES = units("B", 1L, "KiB", Units.KIB, "MiB", Units.MIB, "GiB", Units.GIB);

    private Quantity() {}

    /** Nanoseconds of {@code "200ms"}. Throws IllegalArgumentException with what is wrong. */
    static long nanos(String text) {
        return parse(text, TIMES, "\"200ms\"");
    }

    /** Bytes of {@code "16MiB"}. Throws IllegalArgumentException with what is wrong. */
    static long bytes(String text) {
        return parse(text, SIZES, "\"16MiB\"");
    }

    private static long parse(String text, Map<String, Long> units, String example) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number with a unit, as in " + example);
        }
        String names = String.join(", ", units.keySet());
        if (m.group(2).isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no unit; add one of " + names + ", as in " + example);
        }
        Long unit = units.get(m.group(2));
        if (unit == null) {
            throw new IllegalArgumentException("'" + text + "': unit '" + m.group(2) + "' is not one of " + names);
        }
        try {
            return Math.multiplyExact(Long.parseLong(m.group(1)), unit);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is too large", e);
        }
    }

    private static Map<String, Long> units(Object... pairs) {
        Map<String, Long> out = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) out.put((String) pairs[i], (Long) pairs[i + 1]);
        return out;
    }
}
