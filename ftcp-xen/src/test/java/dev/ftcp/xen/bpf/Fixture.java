package dev.ftcp.xen.bpf;

import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A lab whose service is wrapped and protected, with a daemon at work, and small connections through it. */
final class Fixture implements AutoCloseable {
    static final int RING = 1 << 20;

    final Lab lab = new Lab();
    final Wrap wrap;
    final TestDaemon daemon;

    Fixture() throws Exception {
        boolean made = false;
        try {
            wrap = lab.load(RING);
            WrapStreamTest.protect(wrap);
            daemon = lab.in(lab.server, () -> new TestDaemon(wrap));
            lab.atEnd(daemon);
            made = true;
        } finally {
            if (!made) lab.close(); // nobody else knows of it
        }
    }

    @Override
    public void close() {
        lab.close();
    }

    /** Segments of the client that wait for an ACK, as the client's kernel counts them. */
    int unacknowledged() {
        String ss = Lab.run("ip netns exec " + lab.client + " ss -tin dst " + Lab.VIP4);
        java.util.regex.Matcher m =
                java.util.regex.Pattern.compile("unacked:(\\d+)").matcher(ss);
        return m.find() ? Integer.parseInt(m.group(1)) : 0;
    }

    /** A frame of the client at its present position, with {@code payload} zero bytes; timestamps left out. */
    byte[] clientFrame(TestDaemon.Conn c, int flags, int payload) {
        byte[] f = new byte[54 + payload];
        ByteBuffer b = ByteBuffer.wrap(f);
        System.arraycopy(c.synAck, 6, f, 0, 6);
        System.arraycopy(c.synAck, 0, f, 6, 6);
        b.putShort(12, (short) 0x0800)
                .put(14, (byte) 0x45)
                .putShort(16, (short) (40 + payload))
                .put(22, (byte) 64);
        b.put(23, (byte) 6).put(26, c.synAck, 30, 4).put(30, c.synAck, 26, 4);
        b.putShort(34, (short) c.key.clientPort()).putShort(36, (short) Lab.PORT);
        b.putInt(38, c.clientIsn + 1 + (int) c.clientBytes).putInt(42, c.serverIsn + 1);
        b.put(46, (byte) 0x50).put(47, (byte) flags).putShort(48, (short) 500);
        return RawSocket.checksummed(f);
    }

    /** What the server's kernel says to the client for want of the connection: a RST without ACK, where the client expects the next byte. */
    byte[] lateReset(TestDaemon.Conn c) {
        boolean v4 = c.synAck[12] == 8;
        int l4 = v4 ? 34 : 54;
        byte[] f = Arrays.copyOf(c.synAck, l4 + 20);
        ByteBuffer b = ByteBuffer.wrap(f).putShort(v4 ? 16 : 18, (short) (v4 ? 40 : 20));
        b.putInt(l4 + 4, c.serverIsn + 1).putInt(l4 + 8, 0).putShort(l4 + 12, (short) 0x5004);
        return RawSocket.checksummed(b.putShort(l4 + 14, (short) 0).array());
    }

    /** A segment of an IPv6 client behind an extension header of the given type and bytes; its checksum is not right. */
    byte[] clientFrameBehind(TestDaemon.Conn c, int type, long header) {
        ByteBuffer b = ByteBuffer.allocate(14 + 40 + 8 + 20 + 5);
        b.put(0, c.synAck, 6, 6).put(6, c.synAck, 0, 6).put(12, c.synAck, 12, 2);
        b.putInt(14, 6 << 28).putShort(18, (short) 33).put(20, (byte) type).put(21, (byte) 64);
        b.put(22, c.synAck, 38, 16).put(38, c.synAck, 22, 16).putLong(54, header);
        b.putShort(62, (short) c.key.clientPort()).putShort(64, (short) Lab.PORT);
        b.putInt(66, c.clientIsn + 1)
                .putInt(70, c.serverIsn + 1)
                .put(74, (byte) 0x50)
                .put(75, (byte) 0x18);
        return b.array();
    }

    void sendFromClient(byte[]... frames) throws Exception {
        lab.in(lab.client, () -> {
            try (RawSocket raw = new RawSocket(false, 0)) {
                for (byte[] f : frames) raw.send(f);
            }
            return null;
        });
    }

    static byte[] gratuitousArp() {
        ByteBuffer b = ByteBuffer.allocate(42);
        for (int i = 0; i < 6; i++) b.put(i, (byte) 0xFF).put(6 + i, (byte) 2).put(22 + i, (byte) 2);
        b.putShort(12, (short) 0x0806)
                .putShort(14, (short) 1)
                .putShort(16, (short) 0x0800)
                .putShort(18, (short) 0x0604);
        b.putShort(20, (short) 1).put(28, new byte[] {10, 99, 0, 100}).put(38, new byte[] {10, 99, 0, 100});
        return b.array();
    }

    static byte[] pattern(int n) {
        ByteBuffer b = ByteBuffer.allocate(n);
        Pattern.fill(b, 0);
        return b.array();
    }

    record Pair(Socket client, Socket service) {}

    ServerSocket listen(String vip) throws Exception {
        ServerSocket listener = lab.in(
                lab.server,
                () -> new ServerSocket(Lab.PORT, 10, Lab.address(vip).getAddress()));
        lab.atEnd(listener);
        return listener;
    }

    Pair connect(String vip) throws Exception {
        return connect(vip, listen(vip));
    }

    /** One more, to a listener that is there. */
    Pair connect(String vip, ServerSocket listener) throws Exception {
        Socket client = lab.in(lab.client, () -> new Socket(Lab.address(vip).getAddress(), Lab.PORT));
        lab.atEnd(client);
        Socket service = listener.accept();
        lab.atEnd(service);
        client.setTcpNoDelay(true);
        return new Pair(client, service);
    }
}
