package dev.ftcp.daemon;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.daemon.config.ConfigResult;
import dev.ftcp.daemon.config.TomlConfig;
import dev.ftcp.daemon.loop.Daemon;
import java.nio.file.Path;

/** temporary main. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        ConfigResult r = TomlConfig.load(Path.of(args[0]));
        if (!(r instanceof ConfigResult.Valid v)) {
            System.err.println(r);
            System.exit(2);
            return;
        }
        ServiceConfig c = v.config();
        Host self = c.hosts()
                .find(java.nio.file.Files.readString(Path.of("/proc/sys/kernel/hostname"))
                        .trim());
        if (self == null) {
            System.err.println("no host");
            System.exit(2);
            return;
        }
        try (Daemon d = new Daemon(c, self, (from, to, reason, now) -> {})) {
            Runtime.getRuntime().addShutdownHook(new Thread(d::stop));
            d.run();
        }
    }
}
