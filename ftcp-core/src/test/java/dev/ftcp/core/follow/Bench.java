package dev.ftcp.core.follow;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;
import java.util.function.BooleanSupplier;

/** An engine on a fake wrap, and connections of which a test says segment by segment what the wrap captured. */
final class Bench {
    static final int SLOTS = 8;
    static final long RETAIN = 1 << 20;
    static final long MILLI = 1_000_000L;

    final FakeWrap wrap;
    final ChunkPool pool = new ChunkPool(64 << 20);
    final FlowEngine engine;
    final FollowConfig config;
    long now = 1_000_000_000L;

    Bench(Adapter adapter) {
        this(FollowConfig.of(adapter, true, SLOTS, RETAIN));
    }

    Bench(FollowConfig config) {
        this.config = config;
        wrap = new FakeWrap(config.connections());
        engine = new FlowEngine(config, wrap, Captures::parse, pool);
    }

    /** A standby of which everything is known at once. */
    Standby join(int laneBytes) {
        Standby standby = new Standby(laneBytes, config.connections(), config.retainPerFlow());
        engine.attach(standby.writer);
        for (int i = 0; !engine.snapshot(now); i++) {
            if (i > 10_000) throw new AssertionError("the snapshot does not end");
            standby.readAll();
        }
        standby.readAll();
        assertThat(engine.finishSnapshot()).isTrue();
        standby.readAll();
        assertThat(standby.ledger.complete()).isTrue();
        return standby;
    }

    /** One record in a batch of its own. */
    boolean capture(CaptureRecord record) {
        return batch(() -> engine.onCapture(record));
    }

    /** Offers a record until it is taken, as the capture ring does, while the standby reads; returns how often it was refused. */
    int insist(CaptureRecord record, Standby standby) {
        int refused = 0;
        while (!capture(record)) {
            assertThat(refused++).as("refusals of one record").isLessThan(10_000);
            standby.readAll();
        }
        standby.readAll();
        return refused;
    }

    boolean batch(BooleanSupplier records) {
        engine.beginBatch(now);
        boolean taken = records.getAsBoolean();
        engine.endBatch(now);
        return taken;
    }

    void pass(long nanos) {
        now += nanos;
        batch(() -> true);
        engine.maintain(now);
    }

    FlowLedger ledger(FlowKey key) {
        FlowLedger[] found = new FlowLedger[1];
        engine.forEach(f -> {
            if (f.opening().key().equals(key)) found[0] = f;
        });
        if (found[0] == null) throw new AssertionError("not followed: " + key);
        return found[0];
    }

    static FlowKey key(int client) {
        return new FlowKey(0, 0xFFFF_0A4D_0064L, 0, 0xFFFF_0A4D_0100L + client / 60_000, 80, 1024 + client % 60_000);
    }

    static byte[] text(String s) {
        return s.getBytes(ISO_8859_1);
    }

    Conn open(int client) {
        return open(client, 1000 + client, 900_000 + client);
    }

    Conn open(int client, int clientIsn, int serverIsn) {
        Conn c = new Conn(client, clientIsn, serverIsn);
        assertThat(c.handshake()).isTrue();
        return c;
    }

    final class Conn {
        final FlowKey key;
        final int clientIsn;
        final int serverIsn;

        Conn(int client, int clientIsn, int serverIsn) {
            this.key = key(client);
            this.clientIsn = clientIsn;
            this.serverIsn = serverIsn;
        }

        /** Whether the SYN-ACK was sent on. */
        boolean handshake() {
            int before = wrap.released.size();
            capture(Captures.syn(key, false, clientIsn, 0));
            capture(Captures.syn(key, true, serverIsn, clientIsn + 1));
            return wrap.released.size() > before;
        }

        FakeWrap.Slot slot() {
            return wrap.slot(key);
        }

        FlowLedger ledger() {
            return Bench.this.ledger(key);
        }

        int clientSeq(long offset) {
            return Seq.at(clientIsn, offset);
        }

        int serverSeq(long offset) {
            return Seq.at(serverIsn, offset);
        }

        CaptureRecord fromClient(long offset, byte[] bytes, int flags) {
            return Captures.segment(
                    CaptureRecord.CLIENT,
                    slot(),
                    key,
                    clientSeq(offset),
                    slot().clientAck,
                    CaptureRecord.ACK | flags,
                    bytes,
                    bytes.length);
        }

        CaptureRecord fromServer(long offset, byte[] bytes, int flags, boolean captured) {
            return Captures.segment(
                    CaptureRecord.SERVER,
                    slot(),
                    key,
                    serverSeq(offset),
                    0,
                    CaptureRecord.ACK | flags,
                    bytes,
                    captured ? bytes.length : 0);
        }

        boolean client(long offset, String bytes) {
            return capture(fromClient(offset, text(bytes), 0));
        }

        boolean clientFin(long offset, String bytes) {
            return capture(fromClient(offset, text(bytes), CaptureRecord.FIN));
        }

        /** The service sends; captured if the slot wants it. */
        boolean server(long offset, String bytes) {
            return server(offset, text(bytes));
        }

        boolean server(long offset, byte[] bytes) {
            boolean wanted = wrap.kernelSends(slot(), serverSeq(offset + bytes.length), slot().maxAck);
            return !wanted || capture(fromServer(offset, bytes, 0, true));
        }

        boolean serverFin(long offset) {
            wrap.kernelSends(slot(), serverSeq(offset) + 1, slot().maxAck);
            return capture(fromServer(offset, new byte[0], CaptureRecord.FIN, false));
        }

        /** The client acknowledges the service's bytes. */
        void acks(long offset) {
            slot().clientAck = serverSeq(offset);
        }

        boolean event(int kind, int info) {
            return capture(Captures.event(kind, slot(), key, info));
        }
    }
}
