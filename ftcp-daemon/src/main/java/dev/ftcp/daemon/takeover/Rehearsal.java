package dev.ftcp.daemon.takeover;

import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.follow.FollowConfig;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.daemon.relay.Relay;
import dev.ftcp.daemon.relay.RelayConfig;
import dev.ftcp.daemon.relay.RelayListener;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.SynReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Takeovers of connections that do not exist, until the code of a real one is loaded and compiled: cold, it takes five to ten times
 * as long. Everything is the real thing, probes and TCP_REPAIR included, but for a wrap that does nothing, and clients whose answers are
 * sent from here. Frames go over the loopback interface, where packet sockets see them and IP drops them as martians.
 */
public final class Rehearsal implements AutoCloseable {
    private static final int FLOWS = 64;
    private static final long ANSWER_NANOS = 5_000_000L;
    private static final int BUFFER = 1 << 20, RETAIN = 1 << 20, PORT = 1, WINDOW = 65535, MSS = 1460, SCALE = 7;
    private static final ByteBuffer REQUEST = direct("GET / HTTP/1.1\r\nHost: rehearsal\r\n\r\n");
    private static final ByteBuffer RESPONSE = direct("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    private final ChunkPool pool = new ChunkPool(16L << 20);
    private final Queue<Runnable> words = new ConcurrentLinkedQueue<>();
    private final InetAddress loopback;
    private final InetAddress service;
    private final ClientNet net;
    private final Relay relay;
    private final FlowEngine engine;
    private final Restorer restorer;
    private final Prober prober;

    /** @param like how real connections are followed */
    public Rehearsal(FollowConfig like) {
        loopback = address(0, 0, 1);
        service = own();
        FollowConfig config = FollowConfig.of(like.adapter(), like.deterministic(), FLOWS, RETAIN);
        net = new ClientNet(NetInterface.find("lo"), List.of(service), 0, BUFFER);
        relay = new Relay(RelayConfig.defaults());
        engine = new FlowEngine(config, new NoWrap(), SynReader::read, pool);
        InetSocketAddress nobody = new InetSocketAddress(loopback, PORT);
        RelayListener listener = new RelayListener() {};
        restorer = new Restorer(config, engine, relay, net, key -> nobody, Sys::bootNanos, listener, words::add);
        prober = new Prober(net, Sys::bootNanos, key -> false);
    }

    /**
     * Rehearses with 64 connections.
     *
     * @return how long it took, per connection
     */
    public Duration round() throws InterruptedException {
        Ledger ledger = ledger();
        long begin = Sys.bootNanos();
        List<FlowLedger> flows = new ArrayList<>();
        ledger.forEach(flows::add);
        Set<FlowLedger> open = new LinkedHashSet<>(flows);
        ledger.handedOver();
        restorer.begin();
        prober.reset(flows, List.of());
        prober.askNext(FLOWS);
        flows.forEach(this::answer);
        List<String> resets = new ArrayList<>();
        Prober.Listener listener = new Prober.Listener() {
            @Override
            public void onAnswer(FlowLedger flow, ProbeAnswer answer) {
                open.remove(flow);
                prober.forget(flow);
                Restorer.Restored restored = restorer.restore(flow, answer, resets);
                if (restored != null) restorer.hand(restored, answer, begin, null);
            }

            @Override
            public void onGone(FlowLedger flow) {
                open.remove(flow);
            }
        };
        while (!open.isEmpty() && Sys.bootNanos() - begin < ANSWER_NANOS) prober.collect(listener);
        long nanos = Sys.bootNanos() - begin;
        relay.releaseAll();
        for (Runnable word = words.poll(); word != null; word = words.poll()) word.run();
        engine.clear();
        return Duration.ofNanos(nanos / FLOWS);
    }

    /** Half of the connections are idle after an exchange, half wait for their answer. */
    private Ledger ledger() {
        Ledger ledger = new Ledger(FLOWS, pool, RETAIN);
        ledger.now(Sys.bootNanos());
        for (int i = 0; i < FLOWS; i++) {
            FlowKey key = FlowKey.of(service, PORT, loopback, PORT + 1 + i);
            ledger.opened(new Opening(i, key, 1, 1, MSS, SCALE, SCALE, true, true, 1, 0, WINDOW));
            ledger.clientBytes(i, 0, REQUEST, 0, REQUEST.capacity());
            if (i % 2 == 1) continue;
            ledger.serverBytes(i, 0, RESPONSE, 0, RESPONSE.capacity());
            ledger.acked(i, RESPONSE.capacity());
        }
        return ledger;
    }

    /** What the client would say: it has everything. */
    private void answer(FlowLedger flow) {
        FlowKey key = FlowKey.of(loopback, flow.opening().key().clientPort(), service, PORT);
        int rcvNxt = Seq.at(flow.opening().serverIsn(), flow.serverEnd());
        net.probes().ack(key, 0, flow.committedAck(), rcvNxt, WINDOW, true, 1, 1);
    }

    @Override
    public void close() {
        relay.close();
        net.close();
    }

    /** Another one for each process: they may rehearse at the same time. */
    private static InetAddress own() {
        long pid = ProcessHandle.current().pid();
        return address((int) (pid >>> 8), (int) pid, 77);
    }

    private static InetAddress address(int second, int third, int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, (byte) second, (byte) third, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError("4 bytes are always an address", e);
        }
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
