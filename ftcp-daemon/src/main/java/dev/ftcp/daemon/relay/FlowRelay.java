package dev.ftcp.daemon.relay;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.time.Duration;
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
    final EventLoop loop;
    private final RelayConfig config;
    private final LiveFlows live;
    final FlowAccount account;
    private final Run tail, past;
    private final ClientSide client;
    private final Backend backend;
    private final Driver driver;
    private final Alarm alarm;

    private boolean tailSent, started, fed, over, lingering, still;
    private boolean clientFin, backendFin, backendBroken;
    private boolean turning, again;

    FlowRelay(RelayedFlow flow, EventLoop loop, RelayConfig config, RelayCounters counters, LiveFlows live) {
        this.flow = flow;
        this.loop = loop;
        this.config = config;
        this.account = new FlowAccount(flow, counters);
        this.live = live;
        this.alarm = new Alarm(loop);
        this.tail = new Run(flow.serverTail());
        this.past = new Run(flow.clientBytes());
        this.client = new ClientSide(this, config, account);
        this.backend = new Backend(flow.backend(), loop, config, counters, account, this);
        this.driver = new Driver(this, flow.continuation(), client, backend, account);
    }

    boolean over() {
        return over;
    }

    /** Adopts the descriptor; on the event loop. */
    void adopt() {
        client.adopt(flow.fd(), loop);
    }

    @Override
    public void onTurn() {
        if (turning) {
            again = true;
            return;
        }
        turning = true;
        try {
            do {
                again = false;
                if (!over) step();
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

    private void step() {
        if (still) return;
        if (!tailSent) sendTail();
        if (started && !fed && !over) feed();
        if (over) return;
        client.reading(fed && !clientFin && (discarding() || backend.writable()));
        backend.reading(started && client.writable());
        client.flush();
        backend.flush();
        if (!over) finish();
    }

    /** The bytes that clients lack go out first, for all flows of a takeover: what is slower is queued behind. */
    private void sendTail() {
        while (tail.left()) {
            if (!client.writable()) return;
            client.write(tail.next());
        }
        tailSent = true;
        loop.execute(() -> {
            event(this::start);
            onTurn();
        });
    }

    private void start() {
        started = true;
        driver.start();
        if (over || driver.ended()) return;
        if (!driver.transparent() || !flow.backendOnDemand()) {
            backend.open();
        } else if (!backend.opened() && !past.left()) {
            long idle = config.idleOpen().toMillis();
            long spread = Math.floorMod(flow.id() * 0x9E3779B9L, Math.max(1, idle));
            alarm.set(Duration.ofMillis(idle + spread), backend::open);
        }
    }

    private void feed() {
        for (int chunks = 0; !over && !discarding() && past.left(); chunks++) {
            if (!backend.writable()) return;
            if (chunks == CHUNKS_PER_TURN) {
                loop.execute(this::onTurn);
                return;
            }
            fromClient(past.next());
        }
        if (over) return;
        fed = true;
        past.close(); // not all of it was pulled if it has no receiver
        if (flow.clientFin()) clientFin();
    }

    /** Whether the service is gone for good, or has no part in it any more, so that what the client still says has no receiver. */
    private boolean discarding() {
        return driver.ended() || (backendBroken && client.finAsked());
    }

    @Override
    public void onBytes(Leg leg, ByteBuf bytes) {
        boolean outer = turning;
        turning = true; // what this causes is seen to afterwards: no continuation is called from within its own call
        try {
            if (client.is(leg)) fromClient(bytes);
            else if (over || still || !backend.is(leg)) bytes.release();
            else if (driver.transparent()) client.write(bytes);
            else driver.backend(bytes);
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        } finally {
            turning = outer;
        }
        if (again && !outer) onTurn();
    }

    private void fromClient(ByteBuf bytes) {
        if (over || still || clientFin || discarding()) {
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
            if (client.is(leg)) clientFin();
            else if (backend.is(leg)) backendFin();
        });
    }

    @Override
    public void onBroken(Leg leg, Throwable cause) {
        event(() -> {
            if (cause instanceof OutOfMemoryError) failed(cause);
            else if (client.is(leg)) end(Ending.CLIENT_RESET, null);
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
        if (clientFin || over || still) return;
        clientFin = true;
        if (discarding()) return;
        if (!driver.transparent()) driver.clientFin();
        else if (backend.opened()) backend.fin();
        // Nothing was ever asked of this service instance: it need not hear of it.
        else finToClient();
    }

    private void backendFin() {
        if (backendFin || standsStill()) return;
        backendFin = true;
        if (driver.transparent()) finToClient();
        else driver.backendFin();
    }

    private void backendBroken(Throwable cause) {
        LOG.debug("flow={} name={} service connection broke: {}", flow.id(), flow.name(), cause.toString());
        if (standsStill()) return;
        boolean complete = client.finAsked();
        int generation = backend.generation();
        backendBroken = true;
        if (!complete && !driver.transparent()) backendFin();
        if (over || backend.generation() != generation) return;
        backend.reset();
        if (complete) return;
        if (driver.transparent() || client.finAsked()) end(Ending.BACKEND_RESET, null);
        else reset("the service reset its connection (" + driver.describe() + ")");
    }

    /** A service that was killed, or has failed within a response, has ended nothing, and what it was not told yet another instance has to hear: somebody else goes on. */
    private boolean standsStill() {
        if (still || driver.ended() || !backend.mayHaveFailed()) return still;
        still = true;
        client.reading(false);
        backend.reset();
        account.serviceKilled();
        return true;
    }

    @Override
    public void onFinSent(Leg leg) {
        if (client.is(leg)) client.sawFinSent();
    }

    /** Ends the flow once nothing is left to do, and bounds the time in which others have to do their part. */
    private void finish() {
        if (!client.finSent()) return;
        if (clientFin) {
            client.close(); // it is served; what it sent last may still be on its way to the service
            if (discarding() || !backend.busy()) end(Ending.COMPLETE, null);
            else linger();
        } else if (discarding()) {
            linger();
        }
    }

    private void linger() {
        if (lingering) return;
        lingering = true;
        alarm.set(config.linger(), () -> end(Ending.LINGER_EXPIRED, null));
    }

    /** Orderly end of what goes to the client. */
    void finToClient() {
        // After a RST of the service nobody knows whether what the client was sent is all: a FIN would vouch for that.
        if (!over) client.fin(!backendBroken);
    }

    /** What the service did so far no longer counts. */
    void reopenBackend() {
        if (over) return;
        backendFin = false;
        backendBroken = false;
        backend.reopen();
    }

    /** Resets the client's connection, with a reason that is reported; on the event loop. */
    @Override
    public void reset(String reason) {
        end(Ending.RESET, reason);
    }

    /** Closes the client's socket without a word; on the event loop. */
    void release() {
        if (over) return;
        try {
            client.vanish();
            end(Ending.RELEASED, null);
        } catch (IOException e) {
            reset("cannot be let go silently: " + e.getMessage());
        }
    }

    private void end(Ending ending, @Nullable String reason) {
        if (over) return;
        over = true;
        alarm.cancel();
        client.end(ending);
        // Not on LINGER_EXPIRED: a FIN behind an upload that was cut short would make it look complete.
        if (ending == Ending.COMPLETE) backend.close();
        else backend.reset();
        past.close();
        tail.close();
        account.ended(ending, reason);
        live.remove(this);
    }
}
