package dev.ftcp.xen.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Open descriptors of this process, of eBPF objects and sockets: files that the JVM opens as it likes don't count. */
public final class Descriptors {
    private Descriptors() {}

    /** How many. */
    public static int held() throws IOException {
        int n = 0;
        try (Stream<Path> s = Files.list(Path.of("/proc/self/fd"))) {
            for (Path p : s.toList()) {
                try {
                    String target = Files.readSymbolicLink(p).toString();
                    if (target.contains("bpf") || target.startsWith("socket:")) n++;
                } catch (IOException closedMeanwhile) {
                    continue;
                }
            }
        }
        return n;
    }
}
