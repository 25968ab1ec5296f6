package dev.ftcp.daemon.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The service's side of a flow: no connection yet, an attempt to get one, or a connection. Keeps what is written before there is a
 * connection. Belongs to the flow's event loop; what an abandoned connection still says is not heard.
 */
final class Backend {
    /** Told of what only this side can have. */
    interface Owner extends Leg.Owner {
        /** There was no connection within {@link RelayConfig#connectPatience}, so that the flow cannot be continued. */
        void reset(String reason);
    }

    private static final long FIRST_RETRY_MILLIS = 10, LAST_RETRY_MILLIS = 500;
    // A service that closed its socket after a half-close is seen by a keep-alive probe only: its kernel forgets the
    // socket without a word (tcp_fin_timeout) and answers the probe with a RST.
    private static final int KEEPALIVE_SECONDS = 60;

    private final InetSocketAddress address;
    private final EventLoop loop;
    private final RelayConfig config;
    private final RelayCounters counters;
    private final FlowAccount account;
    private final Owner owner;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean finWaiting, opened, reading, gone;
    private @Nullable Leg leg; // set once it is connected
    private @Nullable Leg attempt;
    private int generation;
    private long killsBefore, failuresBefore;

    Backend(
            InetSocketAddress address,
            EventLoop loop,
            RelayConfig config,
            RelayCounters counters,
            FlowAccount account,
            Owner owner) {
        this.address = address;
        this.loop = loop;
        this.config = config;
        this.counters = counters;
        this.account = account;
        this.owner = owner;
    }

    /** Whether a connection was ever asked for. */
    boolean opened() {
        return opened;
    }

    /** Grows with each {@link #reopen}. */
    int generation() {
        return generation;
    }

    /** Whether {@code candidate} is the connection of now. */
    boolean is(Leg candidate) {
        return candidate == leg;
    }

    /**
     * Whether its end may be none of the service's words: since it was asked for, the service has died by a signal with some connection, or has exited with
     * a failure, and the client lacks a part of a response.
     */
    boolean mayHaveFailed() {
        return account.kills() != killsBefore || account.failures() != failuresBefore && account.owes();
    }

    boolean writable() {
        Leg to = leg;
        return gone || (to != null ? to.writable() : waitingBytes < config.highWater());
    }

    void open() {
        if (opened) return;
        opened = true;
        connect(generation, System.nanoTime(), FIRST_RETRY_MILLIS);
    }

    /** Drops the connection with a RST, and what waits for it, and asks for a fresh one. */
    void reopen() {
        generation++;
        reset();
        gone = false;
        opened = false;
        open();
    }

    /** Opens the connection if need be. The buffer is released here. */
    void write(ByteBuf bytes) {
        Leg to = leg;
        if (gone || finWaiting) {
            bytes.release();
        } else if (to != null) {
            to.write(bytes);
        } else {
            waiting.add(bytes);
            waitingBytes += bytes.readableBytes();
            open();
        }
    }

    void fin() {
        Leg to = leg;
        if (to != null) {
            to.fin();
        } else if (!gone) {
            finWaiting = true;
            open();
        }
    }

    void flush() {
        Leg to = leg;
        if (to != null) to.flush();
    }

    void reading(boolean on) {
        reading = on;
        Leg from = leg;
        if (from != null) from.reading(on);
    }

    /** Whether what was given, up to the FIN, is not all with the kernel yet. */
    boolean busy() {
        Leg to = leg;
        return to != null ? to.finPending() : finWaiting;
    }

    /** Ends this side in the ordinary way: what the kernel has is still delivered. */
    void close() {
        Leg was = leg;
        if (was != null) was.close();
        reset();
    }

    /** Ends this side, with a RST if there is still a connection: what is written from now on is dropped. */
    void reset() {
        Leg was = leg, tried = attempt;
        leg = null;
        attempt = null;
        if (was != null) was.reset();
        if (tried != null) tried.reset();
        drop();
    }

    private void drop() {
        gone = true;
        finWaiting = false;
        ByteBuf next;
        while ((next = waiting.poll()) != null) next.release();
        waitingBytes = 0;
    }

    private void connect(int forGeneration, long since, long retryMillis) {
        killsBefore = account.kills();
        failuresBefore = account.failures();
        Leg candidate;
        try {
            candidate = new Leg(newChannel(), owner, config);
        } catch (RuntimeException e) {
            failed(e, forGeneration, since, retryMillis);
            return;
        }
        attempt = candidate;
        loop.register(candidate.channel());
        candidate.channel().connect(address).addListener(done -> {
            if (generation != forGeneration || gone) {
                candidate.reset();
            } else if (done.isSuccess()) {
                connected(candidate);
            } else {
                candidate.close();
                attempt = null;
                failed(done.cause(), forGeneration, since, retryMillis);
            }
        });
    }

    private EpollSocketChannel newChannel() {
        EpollSocketChannel channel = new EpollSocketChannel(
                address.getAddress() instanceof Inet6Address ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET);
        // Bounds what a leg that has to be drained can bring in at once; the kernel doubles the value.
        channel.config().setReceiveBufferSize(Math.max(1, config.highWater() / 2));
        channel.config().setKeepAlive(true).setTcpKeepIdle(KEEPALIVE_SECONDS);
        return channel;
    }

    private void failed(Throwable cause, int forGeneration, long since, long retryMillis) {
        counters.retries.increment();
        long left = config.connectPatience().toNanos() - (System.nanoTime() - since);
        if (left <= 0) {
            drop();
            owner.reset("service unreachable: " + cause.getMessage());
            return;
        }
        long wait = Math.min(retryMillis, TimeUnit.NANOSECONDS.toMillis(left) + 1);
        long next = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
        loop.schedule(
                () -> {
                    if (generation == forGeneration && !gone) connect(forGeneration, since, next);
                },
                wait,
                TimeUnit.MILLISECONDS);
    }

    private void connected(Leg to) {
        attempt = null;
        leg = to;
        counters.connects.increment();
        ByteBuf next;
        while ((next = waiting.poll()) != null) to.write(next);
        waitingBytes = 0;
        if (finWaiting) to.fin();
        to.reading(reading);
        owner.onTurn();
    }
}
