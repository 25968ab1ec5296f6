package dev.ftcp.daemon.config;

import dev.ftcp.core.config.ConfigProblem;
import dev.ftcp.core.config.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Collects what is wrong, each with the place of the nearest key that stands in the file. */
final class Problems {
    private final TomlTable root;
    private final List<ConfigProblem> found = new ArrayList<>();

    Problems(TomlTable root) {
        this.root = root;
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    void add(List<String> path, String message) {
        add(placeOf(path), message);
    }

    void add(@Nullable TomlPosition place, String message) {
        found.add(
                place == null
                        ? new ConfigProblem(0, 0, message)
                        : new ConfigProblem(place.line(), place.column(), message));
    }

    void addAll(List<Violation> violations) {
        for (Violation v : violations) add(List.of(v.key().split("\\.")), v.message());
    }

    List<ConfigProblem> sorted() {
        found.sort(Comparator.comparingInt(ConfigProblem::line).thenComparingInt(ConfigProblem::column));
        return List.copyOf(found);
    }

    private @Nullable TomlPosition placeOf(List<String> path) {
        for (int n = path.size(); n > 0; n--) {
            List<String> prefix = path.subList(0, n);
            if (root.contains(prefix)) return root.inputPositionOf(prefix);
        }
        return null;
    }
}
