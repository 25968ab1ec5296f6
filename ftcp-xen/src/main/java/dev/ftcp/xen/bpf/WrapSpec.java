package dev.ftcp.xen.bpf;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What to wrap. Checked when it is made: an {@link IllegalArgumentException} names the field and the fix.
 *
 * @param service name of the protected service: letters, digits, {@code -} and {@code _}, at most 64
 * @param device network interface that carries the VIP; Ethernet
 * @param services addresses and ports that clients connect to; at most {@value #MAX_SERVICES}
 * @param backends addresses and ports where the daemon itself connects to the service; at most {@value #MAX_SERVICES}
 * @param slots connections at a time, 1 to {@value #MAX_SLOTS}; 192 bytes and a hash entry each
 * @param captureBytes size of the capture ring: a power of two from {@value #MIN_CAPTURE} to {@value #MAX_CAPTURE}
 * @param pinDirectory where maps, programs and the tracepoints are pinned, on a bpffs; below {@code /sys/fs/bpf} it is mounted if need be
 */
public record WrapSpec(
        String service,
        String device,
        List<InetSocketAddress> services,
        List<InetSocketAddress> backends,
        int slots,
        int captureBytes,
        Path pinDirectory) {
    /** The maps of services and addresses are made for so many. */
    public static final int MAX_SERVICES = 256;

    /** Largest number of slots. */
    public static final int MAX_SLOTS = 1 << 20;

    /** A ring must hold the largest segment: 64 KB and its header. */
    public static final int MIN_CAPTURE = 128 << 10;

    /** A ring is mapped twice, and a ByteBuffer ends at 2 GB. */
    public static final int MAX_CAPTURE = 512 << 20;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Pattern DEVICE = Pattern.compile("[^/\\s:]{1,15}");

    public WrapSpec {
        check(NAME.matcher(service).matches(), "service", service, "letters, digits, '-' and '_', at most 64");
        check(
                DEVICE.matcher(device).matches(),
                "device",
                device,
                "the name of a network interface, at most 15 characters");
        services = List.copyOf(services);
        backends = List.copyOf(backends);
        check(
                !services.isEmpty() && services.size() <= MAX_SERVICES,
                "services",
                services,
                "1 to " + MAX_SERVICES + " addresses");
        Set<InetSocketAddress> seen = new HashSet<>();
        for (InetSocketAddress s : services) {
            check(!s.isUnresolved(), "services", s, "an IP address, not a name");
            InetAddress a = s.getAddress();
            check(!a.isAnyLocalAddress() && !a.isMulticastAddress(), "services", s, "the address of the VIP itself");
            check(s.getPort() > 0, "services", s, "a port from 1 to 65535");
            check(seen.add(s), "services", s, "each address and port once");
        }
        check(slots >= 1 && slots <= MAX_SLOTS, "slots", slots, "1 to " + MAX_SLOTS);
        check(
                captureBytes >= MIN_CAPTURE && captureBytes <= MAX_CAPTURE && Integer.bitCount(captureBytes) == 1,
                "captureBytes",
                captureBytes,
                "a power of two from " + MIN_CAPTURE + " to " + MAX_CAPTURE);
        check(pinDirectory.isAbsolute(), "pinDirectory", pinDirectory, "an absolute path");
        check(
                pinDirectory.toString().indexOf('.') < 0,
                "pinDirectory",
                pinDirectory,
                "a path without dots, which bpffs reserves");
    }

    private static void check(boolean right, String field, Object value, String expected) {
        if (!right) throw new IllegalArgumentException("wrap: " + field + " = " + value + ": must be " + expected);
    }
}
