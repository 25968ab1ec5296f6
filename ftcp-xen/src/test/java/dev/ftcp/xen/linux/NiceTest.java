package dev.ftcp.xen.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NiceTest {
    private static final String NAME = "nice-test", MAIN = "java";
    private static final int MOST = 19;

    @Test
    void onlyTheseThreadsGiveWay() throws Exception {
        CountDownLatch started = new CountDownLatch(1), end = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    Nice.self(2);
                    started.countDown();
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                NAME);
        thread.start();
        started.await();
        try {
            int others = nice(MAIN), before = nice(NAME);
            assertThat(before).isEqualTo(Math.min(others + 2, MOST));
            assertThat(Nice.threads(NAME, 3)).isEqualTo(1);
            assertThat(nice(NAME)).isEqualTo(Math.min(before + 3, MOST));
            assertThat(nice(MAIN)).isEqualTo(others);
            assertThat(Nice.threads("there is no such", 1)).isZero();
        } finally {
            end.countDown();
            thread.join();
        }
    }

    /** Field 19 of the first such thread's stat (proc(5)). */
    private static int nice(String name) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                if (!Files.readString(task.resolve("comm")).startsWith(name)) continue;
                String stat = Files.readString(task.resolve("stat"));
                return Integer.parseInt(
                        stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
            }
        }
        throw new AssertionError("no thread " + name);
    }
}
