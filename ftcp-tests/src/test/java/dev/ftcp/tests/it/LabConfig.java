package dev.ftcp.tests.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text of configurations that differ from the lab's. */
final class LabConfig {
    /** The lab's configuration. */
    static final Path WEB = Lab.ROOT.resolve("configs/lab/web.toml");

    private LabConfig() {}

    /**
     * The lab's configuration with changes.
     *
     * @param disabled a safeguard that is switched off, or the empty string
     * @param settings lines such as {@code size = "1MiB"}, each in place of the one line with the same key
     */
    static String web(String disabled, String... settings) throws IOException {
        String text = Files.readString(WEB);
        for (String line : settings) {
            String key = line.substring(0, line.indexOf(' '));
            Matcher old = Pattern.compile("(?m)^" + key + " = .*$").matcher(text);
            if (!old.find()) throw new IllegalArgumentException("no '" + key + "' in " + WEB);
            text = old.replaceAll(Matcher.quoteReplacement(line));
        }
        return disabled.isEmpty() ? text : text + "\n[test]\ndisable = [\"" + disabled + "\"]\n";
    }

    /** One more service, at other addresses of the same hosts; its instance is the one that serves the same port already. */
    static String second(String service, Target... listen) throws IOException {
        List<String> at = new ArrayList<>();
        List<String> backends = new ArrayList<>();
        for (Target target : listen) {
            String literal = target.isV6() ? "[" + target.address() + "]" : target.address();
            at.add("\"" + literal + ":" + target.port() + "\"");
            backends.add("\"127.0.0.1:" + target.port() + "\"");
        }
        return web(
                "",
                "name = \"" + service + "\"",
                "listen = " + at,
                "backend = " + backends,
                "socket = \"/run/ftcp/" + service + ".sock\"");
    }
}
