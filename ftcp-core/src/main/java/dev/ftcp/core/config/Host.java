package dev.ftcp.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One of the two hosts.
 *
 * @param name the name by which a daemon finds itself, by default the host name
 * @param interfaceName the network interface there that carries the service address
 */
public record Host(String name, String interfaceName) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
    private static final Pattern INTERFACE =
            Pattern.compile("[^\\s/:]{1,15}"); // IFNAMSIZ, dev_valid_name() in net/core/dev.c

    /** Refuses values that break a rule. */
    public Host {
        Violation.refuse(check(name, interfaceName));
    }

    /** Every rule that these values break. */
    public static List<Violation> check(String name, String interfaceName) {
        List<Violation> out = new ArrayList<>();
        String key = "hosts." + name;
        if (!NAME.matcher(name).matches()) {
            out.add(new Violation(key, "host name '" + name + "': use up to 63 letters, digits and '-'"));
        }
        if (!INTERFACE.matcher(interfaceName).matches() || interfaceName.equals(".") || interfaceName.equals("..")) {
            out.add(new Violation(
                    key + ".interface",
                    "'" + interfaceName
                            + "' is not a name of a network interface (1-15 characters, no space, '/' or ':')"));
        }
        return out;
    }
}
