package dev.ftcp.core.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A literal address and a port. Names are not resolved: what owns the service address must not hang on a name server.
 *
 * @param address IPv4 or IPv6 address
 * @param port 1-65535
 */
public record Endpoint(InetAddress address, int port) {
    private static final Pattern V4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** Refuses a port outside 1-65535. */
    public Endpoint {
        if (port < 1 || port > 65535) throw new IllegalArgumentException("port " + port + " is not in 1-65535");
    }

    /**
     * Reads {@code 10.0.0.1:80} or {@code [2001:db8::1]:80}.
     *
     * @throws IllegalArgumentException with what is wrong and an example of what is right
     */
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0 || text.endsWith("]")) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no port; write it as \"" + bracketed(text) + ":80\"");
        }
        String host = text.substring(0, colon);
        String port = text.substring(colon + 1);
        boolean brackets = host.length() > 2 && host.startsWith("[") && host.endsWith("]");
        if (!brackets && host.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "'" + text + "': an IPv6 address stands in brackets, as in \"[2001:db8::1]:80\"");
        }
        if (!PORT.matcher(port).matches()) {
            throw new IllegalArgumentException("'" + text + "': port '" + port + "' is not a number in 1-65535");
        }
        InetAddress address = literal(brackets ? host.substring(1, host.length() - 1) : host, brackets);
        try {
            return new Endpoint(address, Integer.parseInt(port));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "': " + e.getMessage(), e);
        }
    }

    /** The form that {@link #parse} reads. */
    @Override
    public String toString() {
        return bracketed(address.getHostAddress()) + ":" + port;
    }

    private static InetAddress literal(String host, boolean v6) {
        boolean shaped = v6 ? V6.matcher(host).matches() : V4.matcher(host).matches() && octetsFit(host);
        try {
            // Only what has the shape of a literal gets here, and brackets forbid a lookup: no name is ever resolved.
            if (shaped) return InetAddress.getByName(v6 ? "[" + host + "]" : host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(notAnAddress(host), e);
        }
        throw new IllegalArgumentException(notAnAddress(host));
    }

    private static boolean octetsFit(String host) {
        for (String octet : host.split("\\.", -1)) if (Integer.parseInt(octet) > 255) return false;
        return true;
    }

    private static String notAnAddress(String host) {
        return "'" + host + "' is not an IP address; names are not resolved here";
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    }
}
