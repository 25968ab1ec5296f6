package dev.ftcp.xen.lab;

import static dev.ftcp.xen.linux.SockOpt.*;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.tcprepair.TcpRestore;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/** Blocking TCP over plain descriptors, so that a test may repair and abandon them. */
public final class NativeTcp {
    private static final Pointer NONE = Pointer.wrap(LibC.RUNTIME, 0L);

    private NativeTcp() {}

    public static int listen(InetAddress address, int port) {
        boolean v4 = address instanceof Inet4Address;
        int fd = Sys.check(
                LibC.INSTANCE.socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
        SockOpt.set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
        ByteBuffer raw = ByteBuffer.allocate(28);
        raw.put((byte) (v4 ? AF_INET : AF_INET6)).put((byte) 0).putShort((short) port);
        raw.position(v4 ? 4 : 8).put(address.getAddress());
        Pointer p = Sys.allocate(28);
        p.put(0, raw.array(), 0, 28);
        Sys.check(LibC.INSTANCE.bind(fd, p, v4 ? 16 : 28), "bind listener");
        Sys.check(LibC.INSTANCE.listen(fd, 128), "listen");
        return fd;
    }

    public static int accept(int listener) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (true) {
            int fd = LibC.INSTANCE.accept4(listener, NONE, NONE, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (fd >= 0) return fd;
            if (Sys.errno() != 11 || System.nanoTime() > end) throw Sys.error("accept");
            pause();
        }
    }

    /** Writes all of it, waiting where a non-blocking socket has no room. */
    public static void write(int fd, byte[] bytes) {
        ByteBuffer b = ByteBuffer.allocateDirect(bytes.length).put(bytes);
        int at = 0;
        long end = System.nanoTime() + 10_000_000_000L;
        while (at < bytes.length) {
            long n = LibC.INSTANCE.send(fd, Sys.address(b) + at, bytes.length - at, 0);
            if (n > 0) at += (int) n;
            else if (Sys.errno() != 11 || System.nanoTime() > end) throw Sys.error("write after " + at);
            else pause();
        }
    }

    /** Reads exactly so many bytes, or as many as there are before the stream ends. */
    public static byte[] read(int fd, int count) {
        Pointer p = Sys.allocate(Math.max(count, 8));
        int at = 0;
        long end = System.nanoTime() + 10_000_000_000L;
        while (at < count) {
            long n = LibC.INSTANCE.recvfrom(fd, p.slice(at), count - at, 0, NONE, NONE);
            if (n > 0) at += (int) n;
            else if (n == 0) break;
            else if (Sys.errno() != 11 || System.nanoTime() > end) throw Sys.error("read after " + at);
            else {
                TcpRestore.acknowledgeNow(fd);
                pause();
            }
        }
        byte[] bytes = new byte[at];
        p.get(0, bytes, 0, at);
        return bytes;
    }

    /** Puts the connection into repair mode and reads a queue's sequence number (1 = receive, 2 = send). */
    public static int repairSeq(int fd, int queue) {
        SockOpt.set(fd, SOL_TCP, 19, 1, "repair on");
        SockOpt.set(fd, SOL_TCP, 20, queue, "select queue");
        return SockOpt.get(fd, SOL_TCP, 21, "queue seq");
    }

    /** Receive window in bytes of a connection in repair mode. */
    public static int repairRcvWnd(int fd) {
        Pointer w = Sys.allocate(20);
        Pointer n = Sys.allocate(4);
        n.putInt(0, 20);
        Sys.check(LibC.INSTANCE.getsockopt(fd, SOL_TCP, 29, w, n), "repair window");
        return w.getInt(12);
    }

    public static byte[] pattern(long seed, int from, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) ((from + i) * 2654435761L + seed >>> 13);
        return bytes;
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
