package dev.ftcp.daemon.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * One connection of a flow: bytes, FIN and RST in, bytes, FIN and RST out, with a pause for each direction. Belongs to one event loop.
 *
 * <p>Once both FINs have crossed it closes itself: Linux then reports EPOLLHUP for ever, which nothing can mask. For the same reason a
 * paused leg drains its receive buffer when the last of the two FINs crosses; that much is bounded by the kernel.
 */
final class Leg extends ChannelInboundHandlerAdapter {
    /** Gets what happens on a leg. A leg that is {@linkplain Leg#closed() closed} by its owner says no more. */
    interface Owner {
        /** Bytes came; the receiver releases them. */
        void onBytes(Leg leg, ByteBuf bytes);

        /** The peer sends no more. */
        void onFin(Leg leg);

        /** The connection was reset or failed; nothing more comes, nothing more goes. */
        void onBroken(Leg leg, Throwable cause);

        /** Our FIN, and all before it, is with the kernel. */
        void onFinSent(Leg leg);

        /** A batch of events is over, or the leg became writable or stopped to be: flush, pause, go on. */
        void onTurn();
    }

    private static final int SOL_TCP = 6;
    private static final IntegerUnixChannelOption TCP_REPAIR =
            new IntegerUnixChannelOption("TCP_REPAIR", SOL_TCP, 19); // linux/tcp.h
    private static final int EPIPE = 32; // asm-generic/errno-base.h
    // States with the peer's FIN in, of those that a socket with our FIN out can have (net/tcp_states.h).
    private static final int TIME_WAIT = 6, CLOSE = 7, LAST_ACK = 9, CLOSING = 11;

    private final EpollSocketChannel channel;
    private final Owner owner;
    private boolean reading, draining, ended, finTold, outClosing, outClosed, outFailed, closed;

    /** Takes over a channel that is not registered yet. It is not read before {@link #reading}. */
    Leg(EpollSocketChannel channel, Owner owner, RelayConfig config) {
        this.channel = channel;
        this.owner = owner;
        channel.config()
                .setAllocator(PooledByteBufAllocator.DEFAULT)
                .setAutoRead(false)
                .setTcpNoDelay(true)
                // A failed write must not close the channel: what the peer sent before is still to be read.
                .setAutoClose(false)
                .setWriteBufferWaterMark(new WriteBufferWaterMark(config.lowWater(), config.highWater()))
                .setRecvByteBufAllocator(new LegReads(this));
        channel.config().setConnectTimeoutMillis((int) config.connectTimeout().toMillis());
        channel.pipeline().addLast(this);
    }

    EpollSocketChannel channel() {
        return channel;
    }

    boolean closed() {
        return closed;
    }

    boolean writable() {
        return outClosed || closed || channel.isWritable();
    }

    /** Lets bytes in, or not. The end of the stream and errors are noticed anyway: the former once what came before it is read. */
    void reading(boolean on) {
        if (closed || ended || draining || on == reading) return;
        reading = on;
        channel.config().setAutoRead(on);
    }

    /** Sends after what was given before; released here. Needs {@link #flush}. */
    void write(ByteBuf bytes) {
        if (closed || outClosing || outClosed) bytes.release();
        else channel.write(bytes, channel.voidPromise());
    }

    void flush() {
        if (!closed && !outClosed) channel.flush();
    }

    /** FIN after what was given. */
    void fin() {
        if (closed || outClosing || outClosed) return;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
            if (closed || outClosed) return;
            if (sent.isSuccess()) shutDown();
            else failed(sent.cause());
        });
        outClosing = true;
    }

    private void shutDown() {
        outClosed = true;
        channel.shutdownOutput();
        if (finTold) close();
        else if (!reading && finArrived()) drain();
        owner.onFinSent(this);
        owner.onTurn();
    }

    /** Whether a FIN was asked for that is not with the kernel yet. */
    boolean finPending() {
        return outClosing && !outClosed && !closed;
    }

    /** Closes with whatever FIN or RST the kernel makes of it. */
    void close() {
        if (closed) return;
        closed = true;
        channel.close();
    }

    /** Closes with a RST; bytes in flight are dropped. */
    void reset() {
        if (closed) return;
        closed = true;
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (RuntimeException gone) {
            // The socket has no connection any more: there is nobody to tell.
        }
        channel.close();
    }

    /** Closes a connection that is not registered yet: an ordinary close needs an event loop. */
    void discard() {
        closed = true;
        channel.unsafe().closeForcibly();
    }

    /** Closes without a word to the peer. Needs CAP_NET_ADMIN. */
    void vanish() throws IOException {
        if (closed) return;
        try {
            channel.config().setOption(TCP_REPAIR, 1);
        } catch (RuntimeException e) {
            throw new IOException("TCP_REPAIR: " + e.getMessage(), e);
        }
        closed = true;
        channel.close();
    }

    /** Asked before every read, see {@link LegReads}. What a paused leg is woken for is an error or a FIN. */
    boolean mayRead() {
        if (reading) return true;
        if (closed) return false;
        int error = pendingError();
        if (error == EPIPE && !ended) {
            peerGone();
        } else if (error != 0) {
            IOException cause = new IOException("socket error " + error);
            channel.eventLoop().execute(() -> broken(cause));
        } else if (outClosed && !ended && finArrived()) {
            drain();
        }
        return reading;
    }

    private int pendingError() {
        try {
            return ((Socket) channel.fd()).getSoError();
        } catch (IOException e) {
            return 0;
        }
    }

    private boolean finArrived() {
        int state = channel.tcpInfo().state();
        return state == TIME_WAIT || state == CLOSE || state == LAST_ACK || state == CLOSING;
    }

    private void drain() {
        if (ended || draining) return;
        draining = true;
        reading = true;
        channel.config().setAutoRead(true);
    }

    /** All bytes were read; told on when the batch is over, so that it comes after the last bytes. */
    void sawEnd() {
        ended = true;
        reading = false;
        channel.config().setAutoRead(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (closed) bytes.release();
        else owner.onBytes(this, bytes);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (closed) return;
        if (ended && !finTold) {
            finTold = true;
            owner.onFin(this);
            if (outFailed) broken(new IOException("reset after FIN"));
            else if (outClosed) close();
        }
        owner.onTurn();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!closed) owner.onTurn();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed(cause);
    }

    private void failed(Throwable cause) {
        if (cause instanceof ChannelOutputShutdownException && cause.getCause() != null) failed(cause.getCause());
        else if (cause instanceof NativeIoException io && -io.expectedErr() == EPIPE && !ended) peerGone();
        // Writes that were still queued behind the one that failed say nothing new.
        else if (!(cause instanceof ClosedChannelException)) broken(cause);
    }

    /** A RST that came after the FIN: the stream is complete and in the receive buffer, and told before the failure. */
    private void peerGone() {
        outClosed = outFailed = true;
        drain();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        broken(new ClosedChannelException());
    }

    private void broken(Throwable cause) {
        if (closed) return;
        reset();
        owner.onBroken(this, cause);
        owner.onTurn();
    }
}
