package dev.ftcp.xen.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the kernel over netlink (man 7 netlink), one at a time.
 *
 * <pre>
 *   struct nlmsghdr   0 length u32   4 type u16   6 flags u16   8 sequence u32   12 port u32   16 body ...
 *   struct rtattr     0 length u16   2 type u16   4 value, padded to 4
 * </pre>
 *
 * The socket belongs to the network namespace of the thread that opens it. Native byte order, which is little-endian on what ftcp
 * runs on. Not thread-safe.
 */
public final class Netlink implements AutoCloseable {
    /** Protocols (linux/netlink.h). */
    public static final int ROUTE = 0, SOCK_DIAG = 4;

    /** Flags of a request. */
    public static final int CREATE = 0x400, EXCLUSIVE = 0x200;

    private static final int FLAG_REQUEST = 1, FLAG_ACK = 4, FLAG_DUMP = 0x300;
    private static final int TYPE_NOOP = 1, TYPE_ERROR = 2, TYPE_DONE = 3;
    private static final int HEADER = 16, ATTRIBUTE_HEADER = 4;
    private static final int REQUEST_BYTES = 1024, REPLY_BYTES = 64 << 10;

    /** Gets the messages of a dump. */
    @FunctionalInterface
    public interface Handler {
        /** The body lies between position and limit and is valid until this returns. */
        void onMessage(int type, ByteBuffer body);
    }

    private final Pointer requestMemory = Sys.allocate(REQUEST_BYTES);
    private final Pointer replyMemory = Sys.allocate(REPLY_BYTES);
    private final ByteBuffer request = Sys.buffer(requestMemory, REQUEST_BYTES);
    private final ByteBuffer reply = Sys.buffer(replyMemory, REPLY_BYTES);
    private final Pointer none = Pointer.wrap(LibC.RUNTIME, 0L);
    private int fd;
    private int sequence;

    /** Opens a socket of the given protocol. */
    public Netlink(int protocol) {
        fd = Sys.check(
                LibC.INSTANCE.socket(SockOpt.AF_NETLINK, SockOpt.SOCK_RAW | SockOpt.SOCK_CLOEXEC, protocol),
                "open a netlink socket");
    }

    /** Starts a request; the caller puts the body at the returned buffer's position, then {@link #attribute}s. */
    public ByteBuffer begin(int type, int flags) {
        request.clear().position(HEADER);
        request.putShort(4, (short) type).putShort(6, (short) (flags | FLAG_REQUEST));
        request.putInt(8, ++sequence).putInt(12, 0);
        return request;
    }

    /** Appends an attribute. */
    public void attribute(int type, byte[] value) {
        request.putShort((short) (ATTRIBUTE_HEADER + value.length))
                .putShort((short) type)
                .put(value);
        while (request.position() % 4 != 0) request.put((byte) 0);
    }

    /**
     * Finds an attribute of an answer.
     *
     * @param from bytes before the first attribute
     * @return its value, valid as long as the body is; null if it has none
     */
    public static @Nullable ByteBuffer attribute(ByteBuffer body, int from, int type) {
        int at = from;
        while (body.limit() - at >= ATTRIBUTE_HEADER) {
            int length = body.getShort(at) & 0xFFFF;
            if (length < ATTRIBUTE_HEADER || length > body.limit() - at) return null;
            if (body.getShort(at + 2) == type)
                return body.slice(at + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER)
                        .order(ByteOrder.LITTLE_ENDIAN);
            at += length + 3 & ~3;
        }
        return null;
    }

    /**
     * Sends the request and waits for the kernel's verdict.
     *
     * @return 0, or the errno it was refused with
     */
    public int acknowledge(String what) {
        return acknowledge((type, body) -> {}, what);
    }

    /** As {@link #acknowledge(String)}, and hands over the answer that comes before the verdict. */
    public int acknowledge(Handler handler, String what) {
        int[] verdict = {-1};
        send(FLAG_ACK, what);
        while (verdict[0] < 0) receive(handler, verdict, what);
        return verdict[0];
    }

    /**
     * Sends the request as a dump and hands over all answers.
     *
     * @throws SyscallException if the kernel refuses it
     */
    public void dump(Handler handler, String what) {
        int[] verdict = {-1};
        send(FLAG_DUMP, what);
        while (verdict[0] < 0) receive(handler, verdict, what);
        if (verdict[0] > 0) throw Sys.error(what, verdict[0]);
    }

    @Override
    public void close() {
        Sys.closeQuietly(fd);
        fd = -1;
    }

    private void send(int flags, String what) {
        int length = request.position();
        request.putInt(0, length).putShort(6, (short) (request.getShort(6) | flags));
        Sys.check(LibC.INSTANCE.sendto(fd, requestMemory, length, 0, none, 0), what);
    }

    private void receive(Handler handler, int[] verdict, String what) {
        long n = LibC.INSTANCE.recvfrom(fd, replyMemory, REPLY_BYTES, 0, none, none);
        if (n < 0 && Sys.errno() == Errno.EINTR) return;
        int end = (int) Sys.check(n, what);
        int at = 0;
        while (end - at >= HEADER && verdict[0] < 0) {
            reply.clear();
            int length = reply.getInt(at);
            if (length < HEADER || length > end - at)
                throw new IllegalStateException(what + ": netlink message of " + length + " bytes in " + (end - at));
            int type = reply.getShort(at + 4) & 0xFFFF;
            if (reply.getInt(at + 8) == sequence) {
                if (type == TYPE_ERROR && length >= HEADER + 4) verdict[0] = -reply.getInt(at + HEADER);
                else if (type == TYPE_DONE) verdict[0] = 0;
                else if (type > TYPE_NOOP) body(handler, type, at, length);
            }
            at += length + 3 & ~3;
        }
    }

    private void body(Handler handler, int type, int at, int length) {
        handler.onMessage(
                type,
                reply.limit(at + length).slice(at + HEADER, length - HEADER).order(ByteOrder.LITTLE_ENDIAN));
        reply.clear();
    }
}
