package dev.ftcp.daemon.relay;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one flow, on one event loop. In this order: the tail goes to the client; the continuation starts; the committed client bytes
 * are fed; then the socket is read. Events only change what is known; {@link #onTurn} then does all that can be done.
 */
final class FlowRelay implements Backend.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(FlowRelay.class);
    /** Chunks that are fed in one go before other flows of the loop have their turn. */
    private static final int CHUNKS_PER_TURN = 16;

    private final RelayedFlow flow;
    private final EventLoop loop;
    private final RelayConfig config;
    private final LiveFlows live;
    private final FlowAccount account;
    private final Backend backend;
    private final Driver driver;
    private @Nullable Leg client;
    private @Nullable Future<?> timer;

    private boolean tailSent, due, started, fed, over, lingering;
    private boolean clientFin, clientFinAsked, clientFinSent, backendFin, backendBroken;
    private boolean turning, again;

    FlowRelay(RelayedFlow flow, EventLoop loop, RelayConfig config, RelayCounters counters, LiveFlows live) {
        this.flow = flow;
        this.loop = loop;
        this.config = config;
        this.account = new FlowAccount(flow, counters);
        this.live = live;
        this.backend = new Backend(loop, config, counters, this);
        this.driver = new Driver(this, flow.continuation());
    }

    long since() {
        return account.since();
    }

    EventLoop loop() {
        return loop;
    }

    boolean over() {
        return over;
    }

    /** Adopts the descriptor; on the event loop. */
    void adopt() {
        try {
            EpollSocketChannel channel = new EpollSocketChannel(flow.fd());
            Leg leg = new Leg(channel, this, config);
            client = leg;
            if (!channel.isActive()) {
                leg.reset();
                onBroken(leg, new IOException("reset before its adoption"));
                return;
            }
            loop.register(channel).addListener(done -> {
                if (done.isSuccess()) onTurn(leg);
                else reset("cannot adopt: " + done.cause());
            });
        } catch (RuntimeException e) {
            if (client == null) RawFd.reset(flow.fd());
            reset("cannot adopt: " + e.getMessage());
        }
    }

    @Override
    public void onTurn(Leg cause) {
        if (turning) {
            again = true;
            return;
        }
        turning = true;
        try {
            do {
                again = false;
                Leg to = client;
                if (!over && to != null) step(to);
            } while (again && !over);
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        } finally {
            turning = false;
        }
    }

    private void failed(Throwable e) {
        LOG.warn("flow={} name={} cannot be continued", flow.id(), flow.name(), e);
        reset("continuation failed: " + e);
    }

    private void step(Leg to) {
        if (!tailSent) sendTail(to);
        if (due && !started) start();
        if (started && !fed) feed(to);
        if (over) return;
        to.reading(fed && !clientFin && (discarding() || backend.writable()));
        backend.reading(started && to.writable());
        to.flush();
        backend.flush();
        if (!over) finish(to);
    }

    /** The bytes that clients lack go out first, for all flows of a takeover: what is slower is queued behind. */
    private void sendTail(Leg to) {
        while (flow.serverTail().remaining() > 0) {
            if (!to.writable()) return;
            toClient(Chunks.next(flow.serverTail()));
        }
        tailSent = true;
        loop.execute(() -> {
            due = true;
            onTurn(to);
        });
    }

    private void start() {
        started = true;
        if (flow.serverFin()) {
            finToClient();
            return;
        }
        driver.start();
        if (over) return;
        if (!driver.transparent() || !flow.backendOnDemand()) {
            backend.open();
        } else if (!backend.opened() && flow.clientBytes().remaining() == 0) {
            long idle = Math.max(1, config.idleOpen().toMillis());
            after(idle + Math.floorMod(flow.id() * 0x9E3779B9L, idle), () -> {
                if (!clientFin) backend.open();
            });
        }
    }

    private void feed(Leg to) {
        for (int chunks = 0; !discarding() && flow.clientBytes().remaining() > 0; chunks++) {
            if (over || !backend.writable()) return;
            if (chunks == CHUNKS_PER_TURN) {
                loop.execute(() -> onTurn(to));
                return;
            }
            fromClient(Chunks.next(flow.clientBytes()));
        }
        if (over) return;
        fed = true;
        if (flow.clientFin()) clientFin();
    }

    /** Whether the service is gone for good, so that what the client still says has no receiver. */
    private boolean discarding() {
        return flow.serverFin() || (backendBroken && clientFinAsked);
    }

    @Override
    public void onBytes(Leg leg, ByteBuf bytes) {
        boolean outer = turning;
        turning =
                true; // what this causes is seen to afterwards: a continuation is never called from within its own call
        try {
            if (leg == client) fromClient(bytes);
            else if (over || !backend.is(leg)) bytes.release();
            else if (driver.transparent()) toClient(bytes);
            else driver.backend(bytes);
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        } finally {
            turning = outer;
        }
        if (again && !outer) onTurn(leg);
    }

    private void fromClient(ByteBuf bytes) {
        if (over || clientFin || discarding()) {
            bytes.release();
            return;
        }
        account.fromClient(bytes.readableBytes());
        if (driver.transparent()) backend.write(bytes);
        else driver.client(bytes);
    }

    @Override
    public void onFin(Leg leg) {
        event(() -> {
            if (leg == client) clientFin();
            else if (backend.is(leg)) backendFin();
        });
    }

    @Override
    public void onBroken(Leg leg, Throwable cause) {
        event(() -> {
            if (cause instanceof OutOfMemoryError) failed(cause);
            else if (leg == client) end(Ending.CLIENT_RESET, null);
            else if (backend.is(leg)) backendBroken(cause);
        });
    }

    /** Something rare happened; {@link #onTurn} comes next. */
    private void event(Runnable what) {
        if (over) return;
        boolean outer = turning;
        turning = true;
        try {
            what.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        } finally {
            turning = outer;
        }
    }

    private void clientFin() {
        if (clientFin || over) return;
        clientFin = true;
        if (discarding()) return;
        if (!driver.transparent()) driver.clientFin();
        else if (backend.opened()) backend.fin();
        // Nothing was ever asked of this service instance: it need not hear of it.
        else finToClient();
    }

    private void backendFin() {
        if (backendFin) return;
        backendFin = true;
        if (driver.transparent()) finToClient();
        else driver.backendFin();
    }

    private void backendBroken(Throwable cause) {
        LOG.debug("flow={} name={} service connection broke: {}", flow.id(), flow.name(), cause.toString());
        boolean complete = clientFinAsked;
        int generation = backend.generation();
        backendBroken = true;
        if (!complete && !driver.transparent()) backendFin();
        if (over || backend.generation() != generation) return;
        backend.reset();
        if (complete) return;
        // What the client was sent is not known to be all: a FIN would vouch for that.
        if (driver.transparent() || clientFinAsked) end(Ending.BACKEND_RESET, null);
        else reset("the service reset its connection (" + driver.describe() + ")");
    }

    @Override
    public void onFinSent(Leg leg) {
        if (leg == client) clientFinSent = true;
    }

    @Override
    public void onUnreachable(String reason) {
        reset(reason);
    }

    /** Ends the flow once nothing is left to do, and bounds the time in which others have to do their part. */
    private void finish(Leg to) {
        if (!clientFinSent) return;
        if (clientFin) {
            to.close(); // the client is served; what it sent last may still be on its way to the service
            if (discarding() || !backend.busy()) end(Ending.COMPLETE, null);
            else linger();
        } else if (discarding()) {
            linger();
        }
    }

    private void linger() {
        if (lingering) return;
        lingering = true;
        after(Math.max(1, config.linger().toMillis()), () -> end(Ending.LINGER_EXPIRED, null));
    }

    private void after(long millis, Runnable task) {
        Future<?> was = timer;
        if (was != null) was.cancel(false);
        timer = loop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    void becameTransparent() {
        account.transparent();
    }

    void toBackend(ByteBuf bytes) {
        if (over) bytes.release();
        else backend.write(bytes);
    }

    void toClient(ByteBuf bytes) {
        Leg to = client;
        if (over || to == null || clientFinAsked) {
            bytes.release();
            return;
        }
        account.toClient(bytes.readableBytes());
        to.write(bytes);
    }

    void finToBackend() {
        if (!over) backend.fin();
    }

    void finToClient() {
        Leg to = client;
        if (over || to == null || clientFinAsked) return;
        clientFinAsked = true;
        if (!backendBroken) to.fin();
    }

    void reopenBackend() {
        if (over) return;
        backendFin = false;
        backendBroken = false;
        backend.reopen();
    }

    /** Resets the client's connection, with a reason that is reported; on the event loop. */
    void reset(String reason) {
        end(Ending.RESET, reason);
    }

    /** Closes the client's socket without a word; on the event loop. */
    void release() {
        Leg to = client;
        if (over || to == null) return;
        try {
            to.vanish();
            end(Ending.RELEASED, null);
        } catch (IOException e) {
            reset("cannot be let go silently: " + e.getMessage());
        }
    }

    private void end(Ending ending, @Nullable String reason) {
        if (over) return;
        over = true;
        Future<?> was = timer;
        if (was != null) was.cancel(false);
        Leg to = client;
        boolean orderly = ending == Ending.COMPLETE || ending == Ending.LINGER_EXPIRED;
        if (to != null && orderly) to.close();
        else if (to != null) to.reset();
        if (orderly) backend.close();
        else backend.reset();
        flow.clientBytes().close();
        flow.serverTail().close();
        account.ended(ending, reason);
        live.remove(this);
    }
}
