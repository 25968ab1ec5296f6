package dev.ftcp.daemon.config;

import dev.ftcp.core.config.Violation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/**
 * One table of the file, read key by key. A value that can't be read is reported and replaced by the fallback, so that reading goes on
 * and every problem is found in one run; {@link #clean} tells whether what was read may be checked further.
 */
final class Section {
    private final @Nullable TomlTable table;
    private final List<String> path;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();
    private boolean clean = true;

    Section(@Nullable TomlTable table, List<String> path, Problems problems) {
        this.table = table;
        this.path = path;
        this.problems = problems;
    }

    /** The table {@code key} in here; an absent one reads as empty. */
    Section section(String key) {
        Object value = take(key);
        if (value != null && !(value instanceof TomlTable)) wrong(key, "a table, as in [" + dotted(key) + "]", value);
        return new Section(value instanceof TomlTable t ? t : null, pathOf(key), problems);
    }

    /** Keys that stand in the file, in its order. */
    List<String> keys() {
        return table == null ? List.of() : List.copyOf(table.keySet());
    }

    boolean clean() {
        return clean;
    }

    /** Whether all values could be read and keep {@code rules}; what they break is reported. */
    boolean passes(Supplier<List<Violation>> rules) {
        if (!clean) return false; // rules about fallbacks would be noise
        List<Violation> broken = rules.get();
        problems.addAll(broken);
        return broken.isEmpty();
    }

    /** Reports a problem with the value of {@code key}. */
    void bad(String key, String message) {
        clean = false;
        problems.add(pathOf(key), message);
    }

    <T> T text(String key, String example, Function<String, T> parse, @Nullable String fallback) {
        Object value = take(key);
        String source = value instanceof String s ? s : fallback;
        if (value != null && !(value instanceof String)) wrong(key, "a string, as in " + example, value);
        if (value == null && fallback == null) {
            bad(key, "'" + dotted(key) + "' is missing; add " + key + " = " + example);
        }
        try {
            if (source != null) return parse.apply(source);
        } catch (IllegalArgumentException e) {
            bad(key, String.valueOf(e.getMessage()));
        }
        return parse.apply(fallback != null ? fallback : unquoted(example));
    }

    long nanos(String key, long fallback) {
        return quantity(key, "\"200ms\"", Quantity::nanos, fallback);
    }

    long bytes(String key, long fallback) {
        return quantity(key, "\"16MiB\"", Quantity::bytes, fallback);
    }

    long whole(String key, long fallback) {
        Object value = take(key);
        if (value instanceof Long n) return n;
        if (value != null) wrong(key, "a whole number without quotes", value);
        return fallback;
    }

    boolean flag(String key, boolean fallback) {
        Object value = take(key);
        if (value instanceof Boolean b) return b;
        if (value != null) wrong(key, "true or false without quotes", value);
        return fallback;
    }

    <T> List<T> list(String key, String example, boolean required, Function<String, T> parse) {
        Object value = take(key);
        List<T> out = new ArrayList<>();
        if (value instanceof TomlArray array) {
            for (int i = 0; i < array.size(); i++) {
                try {
                    if (!(array.get(i) instanceof String s))
                        throw new IllegalArgumentException(
                                "entries of '" + dotted(key) + "' are strings, as in " + example);
                    out.add(parse.apply(s));
                } catch (IllegalArgumentException e) {
                    clean = false;
                    problems.add(array.inputPositionOf(i), String.valueOf(e.getMessage()));
                }
            }
        } else if (value != null) {
            wrong(key, "a list, as in " + example, value);
        } else if (required) {
            bad(key, "'" + dotted(key) + "' is missing; add " + key + " = " + example);
        }
        return out;
    }

    /** A required list, or the one entry that it would have. */
    <T> List<T> listOrOne(String key, String example, Function<String, T> parse) {
        if (table != null && table.get(List.of(key)) instanceof TomlArray)
            return list(key, "[" + example + "]", true, parse);
        return List.of(text(key, example, parse, null));
    }

    <E extends Enum<E>> Function<String, E> oneOf(Class<E> type) {
        return text -> {
            List<String> names = new ArrayList<>();
            for (E e : type.getEnumConstants()) {
                String name = e.name().toLowerCase(Locale.ROOT);
                if (name.equals(text)) return e;
                names.add(name);
            }
            throw new IllegalArgumentException(
                    "'" + text + "' is not one of " + String.join(", ", names) + Suggestion.of(text, names));
        };
    }

    /** Reports every key that nothing asked for. Call it when all keys are read. */
    void finish() {
        List<String> expected = List.copyOf(known);
        for (String key : keys()) {
            if (expected.contains(key)) continue;
            boolean section = path.isEmpty() && take(key) instanceof TomlTable;
            String where = section ? "unknown section '" : "unknown key '";
            problems.add(pathOf(key), where + key + "'" + Suggestion.of(key, expected));
        }
    }

    private long quantity(String key, String example, Function<String, Long> parse, long fallback) {
        Object value = take(key);
        try {
            if (value instanceof String s) return parse.apply(s);
            if (value instanceof Long n)
                throw new IllegalArgumentException(
                        "'" + dotted(key) + "' needs a unit in quotes, as in " + example + ", not " + n);
            if (value != null) wrong(key, "a string with a unit, as in " + example, value);
        } catch (IllegalArgumentException e) {
            bad(key, String.valueOf(e.getMessage()));
        }
        return fallback;
    }

    private void wrong(String key, String wanted, Object value) {
        bad(key, "'" + dotted(key) + "' must be " + wanted + ", not " + kind(value));
    }

    private @Nullable Object take(String key) {
        known.add(key);
        return table == null ? null : table.get(List.of(key));
    }

    private String dotted(String key) {
        return String.join(".", pathOf(key));
    }

    private List<String> pathOf(String key) {
        List<String> out = new ArrayList<>(path);
        out.add(key);
        return out;
    }

    private static String unquoted(String example) {
        return example.replace("\"", "");
    }

    private static String kind(Object value) {
        if (value instanceof String) return "a string";
        if (value instanceof Long) return "a whole number";
        if (value instanceof Boolean) return "true or false";
        if (value instanceof TomlArray) return "a list";
        return value instanceof TomlTable ? "a table" : "a " + value.getClass().getSimpleName();
    }
}
