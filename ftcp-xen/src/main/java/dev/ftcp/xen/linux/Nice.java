package dev.ftcp.xen.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Gives way to other threads: Linux has a nice value for each ({@code setpriority(2)}), and only lowers priorities without privileges. Thread-safe. */
public final class Nice {
    private static final int PRIO_PROCESS = 0;
    private static final Path TASKS = Path.of("/proc/self/task");

    private Nice() {}

    /** The calling thread, and those that it starts, get {@code less} added to their nice value; 19 is the most there is. */
    public static void self(int less) {
        give(0, less);
    }

    /**
     * The same for the threads of this process that there are now and whose name, of which the kernel keeps 15 characters, begins so; each call adds again.
     *
     * @return how many
     */
    public static int threads(String prefix, int less) {
        List<Path> found;
        try (Stream<Path> tasks = Files.list(TASKS)) {
            found = tasks.filter(task -> name(task).startsWith(prefix)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        found.forEach(task -> give(Integer.parseInt(task.getFileName().toString()), less));
        return found.size();
    }

    private static void give(int thread, int less) {
        int nice = LibC.INSTANCE.getpriority(PRIO_PROCESS, thread) + less;
        Sys.check(LibC.INSTANCE.setpriority(PRIO_PROCESS, thread, nice), "setpriority " + nice);
    }

    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm"));
        } catch (NoSuchFileException e) {
            return ""; // it has just ended
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
