package dev.ftcp.core.tcp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Identity of a client connection. Addresses are 16 bytes in network order, IPv4 as IPv4-mapped IPv6 (RFC 4291,
 * section 2.5.5.2), so that both families share every table.
 *
 * <pre>
 *   0              16              32    34    36      40
 *   +---------------+---------------+-----+-----+-------+
 *   | service (VIP) | client        | svc | cli | zero  |   struct ft_key in wrap.h
 *   | address       | address       | port| port|       |   ports in network order
 *   +---------------+---------------+-----+-----+-------+
 * </pre>
 *
 * @param vipHi bytes 0-7 of the service address, big-endian
 * @param vipLo bytes 8-15 of the service address, big-endian
 * @param clientHi bytes 0-7 of the client address, big-endian
 * @param clientLo bytes 8-15 of the client address, big-endian
 * @param vipPort service port, 0-65535
 * @param clientPort client port, 0-65535
 */
public record FlowKey(long vipHi, long vipLo, long clientHi, long clientLo, int vipPort, int clientPort) {
    /** Encoded size in bytes. */
    public static final int BYTES = 40;

    private static final long V4_PREFIX = 0xFFFFL << 32;

    /** Reads a key of {@link #BYTES} bytes at {@code index}, whatever the byte order of {@code from} is. */
    public static FlowKey read(ByteBuffer from, int index) {
        return new FlowKey(
                be64(from, index),
                be64(from, index + 8),
                be64(from, index + 16),
                be64(from, index + 24),
                be16(from, index + 32),
                be16(from, index + 34));
    }

    /** Writes {@link #BYTES} bytes at {@code index}, whatever the byte order of {@code to} is. */
    public void write(ByteBuffer to, int index) {
        put64(to, index, vipHi);
        put64(to, index + 8, vipLo);
        put64(to, index + 16, clientHi);
        put64(to, index + 24, clientLo);
        put16(to, index + 32, vipPort);
        put16(to, index + 34, clientPort);
        put16(to, index + 36, 0);
        put16(to, index + 38, 0);
    }

    /** A key from socket addresses of one family. */
    public static FlowKey of(InetAddress vip, int vipPort, InetAddress client, int clientPort) {
        ByteBuffer b = ByteBuffer.allocate(32);
        b.put(mapped(vip)).put(mapped(client));
        return new FlowKey(b.getLong(0), b.getLong(8), b.getLong(16), b.getLong(24), vipPort, clientPort);
    }

    /** Whether this is an IPv4 connection. */
    public boolean isIpv4() {
        return clientHi == 0 && (clientLo & ~0xFFFFFFFFL) == V4_PREFIX;
    }

    /** The service address in its own family. */
    public InetAddress vip() {
        return address(vipHi, vipLo);
    }

    /** The client address in its own family. */
    public InetAddress client() {
        return address(clientHi, clientLo);
    }

    /** {@code client:port>vip:port}, the form used in logs and by the CLI. */
    @Override
    public String toString() {
        return text(client(), clientPort) + ">" + text(vip(), vipPort);
    }

    /** The 16-byte form of an address. */
    public static byte[] mapped(InetAddress address) {
        byte[] raw = address.getAddress();
        if (raw.length == 16) return raw;
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xFF;
        mapped[11] = (byte) 0xFF;
        System.arraycopy(raw, 0, mapped, 12, 4);
        return mapped;
    }

    private static String text(InetAddress address, int port) {
        String host = address.getHostAddress();
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    private static InetAddress address(long hi, long lo) {
        byte[] raw = ByteBuffer.allocate(16).putLong(hi).putLong(lo).array();
        try {
            return InetAddress.getByAddress(raw); // the JDK turns an IPv4-mapped address into an Inet4Address
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are always an address", e);
        }
    }

    private static long be64(ByteBuffer b, int i) {
        long v = 0;
        for (int k = 0; k < 8; k++) v = v << 8 | (b.get(i + k) & 0xFF);
        return v;
    }

    private static int be16(ByteBuffer b, int i) {
        return (b.get(i) & 0xFF) << 8 | (b.get(i + 1) & 0xFF);
    }

    private static void put64(ByteBuffer b, int i, long v) {
        for (int k = 0; k < 8; k++) b.put(i + k, (byte) (v >>> (56 - 8 * k)));
    }

    private static void put16(ByteBuffer b, int i, int v) {
        b.put(i, (byte) (v >>> 8)).put(i + 1, (byte) v);
    }
}
