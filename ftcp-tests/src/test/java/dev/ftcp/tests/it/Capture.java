package dev.ftcp.tests.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The packets of the service addresses, as the client's interface sees them: tcpdump writes, this reads the file so far.
 *
 * <pre>
 *   file     24 bytes of header, then packets (pcap-savefile(5), little-endian, microseconds)
 *   packet   0 seconds   4 microseconds   8 captured length   12 length   16 frame
 *   frame    0 destination   6 source   12 ethertype   14 IPv4, IPv6 or ARP   then TCP or ICMPv6
 * </pre>
 */
final class Capture {
    private static final int FILE_HEADER = 24, PACKET_HEADER = 16, CAPTURED = 8;
    private static final int ETHERNET = 14, ARP = 0x0806, IPV4 = 0x0800, IPV6 = 0x86DD, IPV6_BYTES = 40;
    private static final int TCP = 6, ICMPV6 = 58, ADVERTISEMENT = 136, ADVERTISED = 8;
    private static final int FIN = 1, SYN = 2, RST = 4, ACK = 16;
    private static final String SNAP = "110";
    private static final Map<ByteBuffer, String> VIPS = Target.ALL.stream()
            .map(Target::address)
            .distinct()
            .collect(Collectors.toMap(a -> ByteBuffer.wrap(new Target(a, 0).bytes()), a -> a));

    private final Path file;

    /**
     * A frame from or to a service address, or about where it is.
     *
     * @param tcp false for ARP and ICMPv6, whose TCP fields are 0
     * @param vip the service address
     * @param fromVip whether it is the sender's, or claimed for it by a neighbour advertisement
     */
    record Frame(
            String sourceMac,
            boolean tcp,
            String vip,
            boolean fromVip,
            int serverPort,
            int clientPort,
            int ack,
            int flags) {
        /** Whether it concerns this address, and this port if it is a segment. */
        boolean of(Target target) {
            return vip.equals(target.address()) && (!tcp || serverPort == target.port());
        }

        boolean synAck() {
            return tcp && fromVip && (flags & (SYN | ACK)) == (SYN | ACK);
        }

        boolean syn() {
            return tcp && !fromVip && (flags & (SYN | ACK)) == SYN;
        }

        boolean closing() {
            return tcp && fromVip && (flags & (FIN | RST)) != 0;
        }

        boolean acks() {
            return tcp && fromVip && (flags & (ACK | RST)) == ACK;
        }
    }

    private Capture(Path file) {
        this.file = file;
    }

    /** Begins now; it ends with the lab. */
    static Capture start(Lab lab) throws InterruptedException {
        Path file = lab.file("client.pcap");
        String[] command = {
            "start",
            "client",
            "tcpdump",
            "--",
            "tcpdump",
            "-i",
            "eth0",
            "-Z",
            "root",
            "-s",
            SNAP,
            "-B",
            "65536",
            "-U",
            "--immediate-mode",
            "-w",
            file.toString(),
            "arp or icmp6 or tcp"
        };
        lab.lab(command);
        // It writes the header once it listens.
        Lab.await("tcpdump", () -> Files.exists(file) && file.toFile().length() >= FILE_HEADER);
        return new Capture(file);
    }

    boolean any(Predicate<Frame> wanted) {
        return frames().stream().anyMatch(wanted);
    }

    /** All frames of the service addresses until now, in order. */
    List<Frame> frames() {
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Frame> frames = new ArrayList<>();
        int at = FILE_HEADER;
        while (at + PACKET_HEADER <= bytes.limit()) {
            int captured = bytes.getInt(at + CAPTURED);
            if (at + PACKET_HEADER + captured > bytes.limit()) break; // the last one is still being written
            Frame frame = frame(bytes.slice(at + PACKET_HEADER, captured));
            if (frame != null) frames.add(frame);
            at += PACKET_HEADER + captured;
        }
        return frames;
    }

    /** The highest byte of one client connection that an ACK from the service covers, the first byte counted as 1. */
    long acked(int clientPort) {
        List<Frame> frames = frames();
        int base = frames.stream()
                .filter(f -> f.synAck() && f.clientPort() == clientPort)
                .findFirst()
                .orElseThrow()
                .ack();
        return frames.stream()
                .filter(f -> f.acks() && f.clientPort() == clientPort)
                .mapToLong(f -> f.ack() - base)
                .max()
                .orElse(0);
    }

    private static @Nullable Frame frame(ByteBuffer b) {
        return switch (b.getShort(12) & 0xFFFF) {
            case ARP -> claim(b, vip(b, ETHERNET + 14, 4));
            case IPV4 -> segment(b, b.get(ETHERNET + 9), ETHERNET + 12, 4, ETHERNET + (b.get(ETHERNET) & 0xF) * 4);
            case IPV6 -> segment(b, b.get(ETHERNET + 6), ETHERNET + 8, 16, ETHERNET + IPV6_BYTES);
            default -> null;
        };
    }

    private static @Nullable Frame segment(ByteBuffer b, int protocol, int source, int size, int at) {
        if (protocol == ICMPV6) return neighbour(b, source, at);
        if (protocol != TCP || b.limit() < at + 14) return null;
        String sender = vip(b, source, size), receiver = vip(b, source + size, size);
        String vip = sender != null ? sender : receiver;
        if (vip == null) return null;
        int from = b.getShort(at) & 0xFFFF, to = b.getShort(at + 2) & 0xFFFF;
        boolean out = sender != null;
        return new Frame(mac(b), true, vip, out, out ? from : to, out ? to : from, b.getInt(at + 8), b.get(at + 13));
    }

    /** Anything of ICMPv6 from a service address, or an advertisement of one: whoever hears it may believe its Ethernet address. */
    private static @Nullable Frame neighbour(ByteBuffer b, int source, int at) {
        String sender = vip(b, source, 16);
        if (sender != null) return claim(b, sender);
        boolean advertises = b.limit() > at && (b.get(at) & 0xFF) == ADVERTISEMENT;
        return advertises ? claim(b, vip(b, at + ADVERTISED, 16)) : null;
    }

    private static @Nullable Frame claim(ByteBuffer b, @Nullable String vip) {
        return vip == null ? null : new Frame(mac(b), false, vip, true, 0, 0, 0, 0);
    }

    private static String mac(ByteBuffer b) {
        byte[] mac = new byte[6];
        b.get(6, mac);
        return HexFormat.ofDelimiter(":").formatHex(mac);
    }

    /** The service address that stands there, or null. */
    private static @Nullable String vip(ByteBuffer b, int at, int size) {
        return b.limit() < at + size ? null : VIPS.get(b.slice(at, size));
    }
}
