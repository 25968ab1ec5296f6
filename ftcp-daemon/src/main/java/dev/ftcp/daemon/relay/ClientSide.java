package dev.ftcp.daemon.relay;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The client's side of a flow: the adopted socket, and how far its closing is. Belongs to the flow's event loop. */
final class ClientSide {
    private final FlowRelay relay;
    private final RelayConfig config;
    private final FlowAccount account;
    private @Nullable Leg leg;
    private boolean finAsked, finSent;

    ClientSide(FlowRelay relay, RelayConfig config, FlowAccount account) {
        this.relay = relay;
        this.config = config;
        this.account = account;
    }

    /** Makes a channel of the descriptor, and closes it if that fails. */
    void adopt(int fd, EventLoop loop) {
        Leg made;
        EpollSocketChannel channel;
        try {
            channel = new EpollSocketChannel(fd);
            made = new Leg(channel, relay, config);
        } catch (RuntimeException e) {
            RawFd.reset(fd);
            relay.reset("cannot adopt: " + e.getMessage());
            return;
        }
        leg = made;
        if (!channel.isActive()) {
            made.discard();
            relay.onBroken(made, new IOException("reset before its adoption"));
            return;
        }
        loop.register(channel).addListener(done -> {
            if (done.isSuccess()) relay.onTurn();
            else relay.reset("cannot adopt: " + done.cause());
        });
    }

    boolean is(Leg candidate) {
        return candidate == leg;
    }

    boolean writable() {
        Leg to = leg;
        return to != null && to.writable();
    }

    void reading(boolean on) {
        Leg from = leg;
        if (from != null) from.reading(on);
    }

    /** Counted and released here. */
    void write(ByteBuf bytes) {
        Leg to = leg;
        if (to == null || to.closed() || finAsked) {
            bytes.release();
        } else {
            account.toClient(bytes.readableBytes());
            to.write(bytes);
        }
    }

    void flush() {
        Leg to = leg;
        if (to != null) to.flush();
    }

    /**
     * No more bytes for the client.
     *
     * @param vouched whether all that came before is known to be complete; if not, no FIN is sent, and a RST has to follow
     */
    void fin(boolean vouched) {
        if (finAsked) return;
        finAsked = true;
        Leg to = leg;
        if (vouched && to != null) to.fin();
    }

    boolean finAsked() {
        return finAsked;
    }

    void sawFinSent() {
        finSent = true;
    }

    boolean finSent() {
        return finSent;
    }

    void close() {
        Leg to = leg;
        if (to != null) to.close();
    }

    /** Closes the socket without a word. */
    void vanish() throws IOException {
        Leg to = leg;
        if (to == null) throw new IOException("not adopted yet");
        to.vanish();
    }

    /** Closes the socket as the ending wants it; nothing is left to do if it is closed already. */
    void end(Ending ending) {
        Leg to = leg;
        if (to == null) return;
        if (ending == Ending.COMPLETE || ending == Ending.LINGER_EXPIRED) to.close();
        else to.reset();
    }
}
