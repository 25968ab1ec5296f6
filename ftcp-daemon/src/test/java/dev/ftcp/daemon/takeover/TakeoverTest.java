package dev.ftcp.daemon.takeover;

import static dev.ftcp.xen.packet.FrameWriter.ACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.follow.FollowConfig;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.memory.Loan;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.daemon.relay.Relay;
import dev.ftcp.daemon.relay.RelayConfig;
import dev.ftcp.daemon.relay.RelayListener;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.ClientNet;
import dev.ftcp.xen.packet.FrameWriter;
import dev.ftcp.xen.packet.NetInterface;
import dev.ftcp.xen.packet.PacketReceiver;
import dev.ftcp.xen.packet.PacketSender;
import dev.ftcp.xen.packet.SynReader;
import dev.ftcp.xen.packet.TcpFrameReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More connections than are asked at once, restored in this kernel; their clients' answers come from here, over the loopback interface. */
class TakeoverTest {
    private static final int FLOWS = 300, PORT = 1, FIRST_CLIENT = 1000, ISN = 1, SAID = 7, SCALE = 7;
    private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(SAID);

    private final NetInterface lo = NetInterface.find("lo");
    private final InetAddress service = address(80), client = address(81);
    private final PacketSender sender = new PacketSender(lo.index(), 0);
    private final ClientNet atService = new ClientNet(lo, List.of(service), 0, 1 << 20);
    private final PacketReceiver atClients = new PacketReceiver(lo.index(), List.of(client), 1 << 20);
    private final FrameWriter writer = new FrameWriter(256);
    private final ChunkPool pool = new ChunkPool(16L << 20);
    private final Ledger ledger = new Ledger(FLOWS, pool, 1 << 16);
    private final Queue<Runnable> words = new ConcurrentLinkedQueue<>();
    private final Relay relay = new Relay(RelayConfig.defaults());

    @BeforeEach
    void setUp() {
        for (int i = 0; i < FLOWS; i++) {
            FlowKey key = FlowKey.of(service, PORT, client, FIRST_CLIENT + i);
            ledger.opened(new Opening(i, key, ISN, ISN, 1460, SCALE, SCALE, true, true, 1, 0, 65535));
            ledger.clientBytes(i, 0, BYTES, 0, said(i));
        }
    }

    @AfterEach
    void tearDown() throws InterruptedException {
        relay.releaseAll();
        relay.close();
        atClients.close();
        atService.close();
        sender.close();
    }

    /** A client that has spoken before it was asked is continued, and not asked any more: its second answer would continue it twice. */
    @Test
    void everyClientIsContinuedOnce() throws InterruptedException {
        Takeover takeover = takeover(new OpaqueAdapter());
        TakeoverReport report = run(takeover);
        assertThat(report.resets()).isEmpty();
        assertThat(report.continued()).isEqualTo(FLOWS);
        assertThat(takeover.hasWaiting()).isFalse();
    }

    /** The relay may not have given back yet what it was lent when the connection was continued before. */
    @Test
    void oneWhoseBytesAreLentWaitsForThem() throws InterruptedException {
        Takeover takeover = takeover(new OpaqueAdapter());
        Loan loan = flow(FLOWS / 2 + 1).client().lend();
        TakeoverReport report = run(takeover);
        assertThat(report.resets()).isEmpty();
        assertThat(report.continued()).isEqualTo(FLOWS - 1);
        loan.close();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (takeover.hasWaiting() && System.nanoTime() < end) {
            atClients.drain(this::answer);
            takeover.continueWaiting();
        }
        assertThat(takeover.continued()).isEqualTo(FLOWS);
    }

    @Test
    void oneThatCannotBeRestoredDoesNotKeepTheOthers() throws InterruptedException {
        Adapter opaque = new OpaqueAdapter();
        TakeoverReport report = run(takeover(new Adapter() {
            private int sessions;

            @Override
            public String name() {
                return "fails once";
            }

            @Override
            public AdapterSession open(SessionStart start) {
                return opaque.open(start);
            }

            @Override
            public AdapterSession rebuild(SessionStart start) {
                if (sessions++ == FLOWS / 2) throw new IllegalStateException("out of order");
                return opaque.rebuild(start);
            }
        }));
        assertThat(report.continued()).isEqualTo(FLOWS - 1);
        assertThat(report.resets()).hasSize(1).first().asString().contains("out of order");
    }

    /** Of half of them nothing is known but the opening. */
    private static int said(int flow) {
        return flow % 2 * SAID;
    }

    private Takeover takeover(Adapter adapter) {
        FollowConfig config = FollowConfig.of(adapter, false, FLOWS, 1 << 16);
        FlowEngine engine = new FlowEngine(config, new NoWrap(), SynReader::read, pool);
        InetSocketAddress nobody = new InetSocketAddress(service, PORT);
        Restorer restorer = new Restorer(
                config, engine, relay, atService, key -> nobody, Sys::bootNanos, new RelayListener() {}, words::add);
        return new Takeover(restorer, atService, Sys::bootNanos, lost -> {});
    }

    /** All clients speak as it begins, and again when they are asked. */
    private TakeoverReport run(Takeover takeover) throws InterruptedException {
        long now = Sys.bootNanos();
        Thread clients = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) atClients.drain(this::answer);
        });
        TakeoverTrigger trigger = new TakeoverTrigger("a test", now, now, now);
        try {
            return takeover.run(ledger, trigger, new ServiceAddresses() {
                @Override
                public List<InetAddress> vips() {
                    return List.of(service);
                }

                @Override
                public void announce() {
                    for (int i = 0; i < FLOWS; i++) answer(FIRST_CLIENT + i, Seq.at(ISN, said(i)));
                    clients.start();
                }

                @Override
                public void up(InetAddress vip) {}
            });
        } finally {
            clients.interrupt();
            clients.join();
        }
    }

    private void answer(TcpFrameReader question) {
        if (question.has(FrameWriter.RST)) return;
        answer(question.keyFromService().clientPort(), question.ack());
    }

    /** From this thread and another, one after the other. */
    private synchronized void answer(int port, int seq) {
        writer.toService(FlowKey.of(service, PORT, client, port), lo.mac(), lo.mac())
                .segment(seq, Seq.at(ISN, 0), ACK, 1000)
                .timestamps(1, 1);
        sender.send(writer);
    }

    private FlowLedger flow(int number) {
        FlowLedger[] found = new FlowLedger[1];
        ledger.forEach(f -> {
            if (f.opening().flow() == number) found[0] = f;
        });
        return found[0];
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
