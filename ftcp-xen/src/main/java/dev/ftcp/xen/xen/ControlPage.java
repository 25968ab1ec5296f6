package dev.ftcp.xen.xen;

import dev.ftcp.xen.link.Message;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One granted page on which two daemons get to know each other, and see each other's death: the kernel of either zeroes its daemon's byte when it
 * dies. Little-endian; words that different sides write are 128 bytes apart.
 *
 * <pre>
 *      0  nonce u64             who shares the page; written before it is published
 *    128  sharer lives u8       1; its kernel zeroes it
 *    256  mapper lives u8       1; its kernel zeroes it
 *    384  offered u64           joiner: 1 = offer written, 2 = region published
 *    512  answered u64          owner: 1 = go on, 2 = region mapped, 3 = refused; the last two with an answer
 *   1024  offer, 1024 bytes     joiner to owner: {@link Message}
 *   2048  answer, 1024 bytes    owner to joiner
 * </pre>
 *
 * The page of a daemon that listens has nonce and sharer's byte only.
 */
final class ControlPage {
    static final int NONCE = 0, SHARER = 128, MAPPER = 256;
    /** Values of {@link #offered()}. */
    static final long HELLO = 1, REGION = 2;
    /** Values of {@link #answered()}. */
    static final long GO_ON = 1, MAPPED = 2, REFUSED = 3;

    private static final int OFFERED = 384, ANSWERED = 512, OFFER = 1024, ANSWER = 2048;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer page;

    /** Over a page that the caller keeps mapped. */
    ControlPage(ByteBuffer page) {
        this.page = page;
    }

    long nonce() {
        return (long) WORD.getAcquire(page, NONCE);
    }

    /** Sharer: the page may be published afterwards. */
    void open(long nonce) {
        page.put(SHARER, (byte) 1);
        WORD.setRelease(page, NONCE, nonce);
    }

    /** Mapper: from now on its death is told. */
    void mapped() {
        page.put(MAPPER, (byte) 1);
    }

    /** Takes back {@link #open} or {@link #mapped}, at {@link #SHARER} or {@link #MAPPER}. */
    void leave(int side) {
        page.put(side, (byte) 0);
    }

    /** Whether the daemon at {@link #SHARER} or {@link #MAPPER} lives. */
    boolean lives(int side) {
        VarHandle.acquireFence();
        return page.get(side) != 0;
    }

    long offered() {
        return (long) WORD.getAcquire(page, OFFERED);
    }

    void offer(long stage) {
        WORD.setRelease(page, OFFERED, stage);
    }

    void offer(ByteBuffer message) {
        page.put(OFFER, message, 0, Message.BYTES);
        offer(HELLO);
    }

    /** What the joiner has written, as a copy: it may write on. */
    ByteBuffer offerMessage() {
        return ByteBuffer.allocate(Message.BYTES).put(0, page, OFFER, Message.BYTES);
    }

    long answered() {
        return (long) WORD.getAcquire(page, ANSWERED);
    }

    void answer(long verdict) {
        WORD.setRelease(page, ANSWERED, verdict);
    }

    void answer(long verdict, ByteBuffer message) {
        page.put(ANSWER, message, 0, Message.BYTES);
        answer(verdict);
    }

    /** What the owner has written, as a copy. */
    ByteBuffer answerMessage() {
        return ByteBuffer.allocate(Message.BYTES).put(0, page, ANSWER, Message.BYTES);
    }
}
