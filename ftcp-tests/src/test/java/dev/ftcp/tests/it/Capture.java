package dev.ftcp.tests.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The packets of the service address, as the client's interface sees them: tcpdump writes, this reads the file so far.
 *
 * <pre>
 *   file     24 bytes of header, then packets (pcap-savefile(5), little-endian, microseconds)
 *   packet   0 seconds   4 microseconds   8 captured length   12 length   16 frame
 *   frame    0 destination   6 source   12 ethertype   14 IPv4   then TCP
 * </pre>
 */
final class Capture {
    private static final int FILE_HEADER = 24, PACKET_HEADER = 16, CAPTURED = 8, ETHERNET = 14, IPV4 = 0x0800, TCP = 6;
    private static final int FIN = 1, SYN = 2, RST = 4, ACK = 16;
    private static final String SNAP = "96";

    private final Path file;

    /** A frame; the TCP fields are 0 for ARP. */
    record Frame(String sourceMac, boolean tcp, boolean fromVip, int serverPort, int clientPort, int ack, int flags) {
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
            "arp or (tcp and host " + Lab.VIP + ")"
        };
        lab.lab(command);
        // It writes the header once it listens.
        Lab.await("tcpdump", () -> Files.exists(file) && file.toFile().length() >= FILE_HEADER);
        return new Capture(file);
    }

    boolean any(Predicate<Frame> wanted) {
        return frames().stream().anyMatch(wanted);
    }

    /** All frames of the service address until now, in order. */
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

    /** The highest byte of one client connection that an ACK from the service address covers, relative to {@code base}. */
    long acked(int clientPort, int base) {
        return frames().stream()
                .filter(f -> f.acks() && f.clientPort() == clientPort)
                .mapToLong(f -> f.ack() - base)
                .max()
                .orElse(0);
    }

    /** The ACK number of a connection's SYN-ACK: where its client's bytes begin. */
    int base(int clientPort) {
        return frames().stream()
                .filter(f -> f.synAck() && f.clientPort() == clientPort)
                .findFirst()
                .orElseThrow()
                .ack();
    }

    private static @Nullable Frame frame(ByteBuffer b) {
        String source = mac(b);
        if ((b.getShort(12) & 0xFFFF) != IPV4) {
            // ARP: the sender's address is at 14 of the message
            boolean vip = b.limit() >= ETHERNET + 18 && isVip(b, ETHERNET + 14);
            return vip ? new Frame(source, false, true, 0, 0, 0, 0) : null;
        }
        int tcp = ETHERNET + (b.get(ETHERNET) & 0xF) * 4;
        if (b.get(ETHERNET + 9) != TCP || b.limit() < tcp + 14) return null;
        boolean fromVip = isVip(b, ETHERNET + 12);
        int from = b.getShort(tcp) & 0xFFFF, to = b.getShort(tcp + 2) & 0xFFFF;
        return new Frame(
                source, true, fromVip, fromVip ? from : to, fromVip ? to : from, b.getInt(tcp + 8), b.get(tcp + 13));
    }

    private static String mac(ByteBuffer b) {
        byte[] mac = new byte[6];
        b.get(6, mac);
        return HexFormat.ofDelimiter(":").formatHex(mac);
    }

    private static boolean isVip(ByteBuffer b, int at) {
        byte[] address = new byte[4];
        b.get(at, address);
        try {
            return InetAddress.getByAddress(address).getHostAddress().equals(Lab.VIP);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
