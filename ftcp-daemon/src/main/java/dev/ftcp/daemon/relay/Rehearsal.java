package dev.ftcp.daemon.relay;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import dev.ftcp.core.tcp.FlowKey;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

/** A relay's dress rehearsal: batches of scratch connections over loopback, each with a past, live bytes and an orderly end. */
final class Rehearsal {
    private static final int ROUNDS = 16, FLOWS = 32, BYTES = 4 << 10, PAST = 64, TIMEOUT_MILLIS = 2000;

    private Rehearsal() {}

    static Duration run(EventLoopGroup loops, RelayConfig config, BiConsumer<RelayedFlow, RelayConfig> adopt)
            throws IOException {
        long since = System.nanoTime();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Channel echo = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Echo());
                    }
                })
                .bind(anyPort)
                .syncUninterruptibly()
                .channel();
        Socket listener = Socket.newSocketStream();
        try {
            listener.bind(anyPort);
            listener.listen(FLOWS);
            RelayConfig scratch = new RelayConfig(
                    config.eventLoopThreads(),
                    config.highWater(),
                    config.lowWater(),
                    config.connectTimeout(),
                    Duration.ofMillis(TIMEOUT_MILLIS),
                    config.idleOpen(),
                    Duration.ofMillis(TIMEOUT_MILLIS));
            for (int i = 0; i < ROUNDS; i++)
                round(listener, (InetSocketAddress) echo.localAddress(), flow -> adopt.accept(flow, scratch));
        } finally {
            listener.close();
            echo.close().syncUninterruptibly();
        }
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private static void round(
            Socket listener, InetSocketAddress backend, java.util.function.Consumer<RelayedFlow> adopt)
            throws IOException {
        java.net.Socket[] clients = new java.net.Socket[FLOWS];
        try {
            for (int i = 0; i < FLOWS; i++) {
                clients[i] = new java.net.Socket();
                clients[i].connect(listener.localAddress(), TIMEOUT_MILLIS);
                clients[i].setSoTimeout(TIMEOUT_MILLIS);
                int fd = listener.accept(new byte[32]);
                if (fd < 0) throw new IOException("no connection to accept");
                ByteBuffer past = ByteBuffer.allocate(PAST);
                adopt.accept(new RelayedFlow(
                        i,
                        new FlowKey(0, 0, 0, 0, 0, i),
                        fd,
                        backend,
                        new Replay(),
                        CommittedBytes.of(List.of(past)),
                        CommittedBytes.of(List.of(past)),
                        false,
                        false,
                        new RelayListener() {}));
            }
            byte[] bytes = new byte[BYTES];
            for (java.net.Socket client : clients) client.getOutputStream().write(bytes);
            for (java.net.Socket client : clients) client.shutdownOutput();
            for (java.net.Socket client : clients) {
                InputStream in = client.getInputStream();
                int got = in.readAllBytes().length;
                if (got != PAST + BYTES) throw new IOException("rehearsal: " + got + " bytes of " + (PAST + BYTES));
            }
        } finally {
            for (java.net.Socket client : clients) if (client != null) client.close();
        }
    }

    /** Gives the backend the past, and withholds what it answers to it. */
    private static final class Replay implements Continuation {
        private int discard = PAST;

        @Override
        public void onStart(ContinuationSink sink) {}

        @Override
        public void onClient(ByteBuffer bytes, ContinuationSink sink) {
            sink.toBackend(bytes);
        }

        @Override
        public void onBackend(ByteBuffer bytes, ContinuationSink sink) {
            int n = Math.min(discard, bytes.remaining());
            discard -= n;
            bytes.position(bytes.position() + n);
            sink.toClient(bytes);
        }

        @Override
        public void onClientFin(ContinuationSink sink) {
            sink.finToBackend();
        }

        @Override
        public void onBackendFin(ContinuationSink sink) {
            sink.finToClient();
        }

        @Override
        public boolean transparent() {
            return discard == 0;
        }

        @Override
        public String describe() {
            return "rehearsal";
        }
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.write(message, ctx.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
