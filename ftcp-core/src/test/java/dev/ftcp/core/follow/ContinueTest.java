package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import dev.ftcp.core.ledger.FlowLedger;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A standby that took over follows what it got, and has a standby of its own later. */
class ContinueTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String BIG = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 100000\r\n\r\n";
    private static final int LANE = 1 << 16;

    private Bench old = new Bench(new HttpAdapter());
    private Standby copy = old.join(LANE);

    private void opaque() {
        old = new Bench(new OpaqueAdapter());
        copy = old.join(LANE);
    }

    /** The new owner's engine, and the connection as it goes on there. */
    private record Owner(Bench bench, Conn conn, FlowLedger ledger) {}

    private Owner takeOver(Conn c, long clientPosition, Adapter adapter) {
        copy.readAll();
        FlowLedger ledger = copy.known(c.key);
        copy.ledger.handedOver();
        Bench bench = new Bench(adapter);
        bench.open(70); // ids differ from the old owner's
        int slot = bench.engine.continueFlow(ledger, clientPosition, bench.now);
        assertThat(slot).isEqualTo(1);
        return new Owner(bench, bench.new Conn(1, c.clientIsn, c.serverIsn), ledger);
    }

    private static void vouch(Owner o, long offset, String bytes) {
        o.bench.engine.vouch(1, offset, ByteBuffer.wrap(Bench.text(bytes)));
        o.bench.batch(() -> true);
    }

    @Test
    void itGoesOnWhereItStood() {
        Conn c = old.open(1);
        c.client(0, GET);
        c.server(0, BIG);
        c.server(BIG.length(), new byte[40_000]);
        int position = BIG.length() + 40_000;
        Owner o = takeOver(c, position, new HttpAdapter());
        FakeWrap.Slot slot = o.conn.slot();
        assertThat(slot.committedAck).isEqualTo(c.clientSeq(GET.length()));
        assertThat(slot.nextSeq).isEqualTo(c.serverSeq(position));
        assertThat(slot.open).isTrue();
        assertThat(slot.deaf).as("there is no socket yet").isTrue();
        o.bench.engine.hears(1);
        assertThat(slot.deaf).isFalse();
        assertThat(o.ledger.continued()).isTrue();
        vouch(o, position, "");
        o.bench.pass(2 * Bench.MILLI);
        // What the client has is known; nobody sent the rest of the body yet.
        assertThat(o.ledger.safeClient()).isZero();
        assertThat(o.ledger.serverEnd()).isBetween(position - 1L, (long) position);

        Standby second = o.bench.join(LANE);
        o.bench.wrap.witness = new G1(second);
        assertThat(slot.open).isFalse();
        int end = BIG.length() + 100_000;
        o.conn.server(position, new byte[60_000]);
        o.conn.acks(end);
        o.bench.pass(2 * Bench.MILLI);
        assertThat(o.ledger.safeClient()).isEqualTo(GET.length());
        assertThat(o.ledger.safeServer()).isEqualTo(end);
        o.conn.client(GET.length(), GET);
        o.conn.server(end, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        second.readAll();
        Ledgers.assertEqual(second.known(c.key), o.ledger);
        assertThat(o.ledger.safeClient()).isEqualTo(2 * GET.length());
        assertThat(o.ledger.unprotected()).isNull();
    }

    @Test
    void whatTheClientHasBeyondTheLogComesFromTheRelay() {
        opaque();
        Conn c = old.open(1);
        c.client(0, "question");
        c.server(0, "known");
        Owner o = takeOver(c, 13, new OpaqueAdapter());
        CaptureRecord next = o.conn.fromServer(13, Bench.text("fresh"), 0, true);
        assertThat(o.bench.capture(next)).as("the relay's word is on its way").isFalse();
        vouch(o, 5, "more");
        assertThat(o.bench.capture(next)).isFalse();
        vouch(o, 9, "said");
        assertThat(o.bench.capture(next)).isTrue();
        assertThat(o.ledger.serverEnd()).isEqualTo(18);
        assertThat(o.ledger.unprotected()).isNull();
        Standby second = o.bench.join(LANE);
        Ledgers.assertEqual(second.known(c.key), o.ledger);
    }

    @Test
    void aClientThatHasTheFinToo() {
        opaque();
        Conn c = old.open(1);
        c.client(0, "question");
        c.server(0, "known");
        // It has 4 bytes more, and the FIN: the kernel goes on behind what it takes for 5 bytes.
        Owner o = takeOver(c, 10, new OpaqueAdapter());
        CaptureRecord fin = o.conn.fromServer(10, new byte[0], CaptureRecord.FIN, false);
        vouch(o, 5, "mor");
        vouch(o, 8, "e");
        assertThat(o.bench.capture(fin)).as("the relay may have more to say").isFalse();
        o.bench.now += 6 * Bench.MILLI;
        assertThat(o.bench.capture(fin)).as("its word may have been on its way").isFalse();
        o.bench.engine.wordsTaken();
        assertThat(o.bench.capture(fin)).as("or been said meanwhile").isFalse();
        o.bench.engine.wordsTaken();
        assertThat(o.bench.capture(fin)).isTrue();
        assertThat(o.ledger.unprotected()).isNull();
        assertThat(o.ledger.serverFin()).isTrue();
        assertThat(o.ledger.serverEnd()).isEqualTo(9);
        assertThat(o.conn.slot().finAck).isEqualTo(o.conn.serverSeq(11));
    }

    @Test
    void aClientThatHasEverythingButTheFin() {
        opaque();
        Conn c = old.open(1);
        c.client(0, "question");
        Owner o = takeOver(c, 4, new OpaqueAdapter());
        vouch(o, 0, "more");
        assertThat(o.bench.capture(o.conn.fromServer(4, new byte[0], CaptureRecord.FIN, false)))
                .isTrue();
        assertThat(o.ledger.serverEnd()).isEqualTo(4);
        assertThat(o.ledger.serverFin()).isTrue();
        assertThat(o.conn.slot().finAck).isZero();
    }

    @Test
    void aWordThatNeverComesEndsTheProtectionAndNotTheLoop() {
        opaque();
        Conn c = old.open(1);
        c.client(0, "question");
        Owner o = takeOver(c, 13, new OpaqueAdapter());
        CaptureRecord next = o.conn.fromServer(13, Bench.text("fresh"), 0, true);
        assertThat(o.bench.capture(next)).isFalse();
        o.bench.now += 6 * Bench.MILLI;
        o.bench.engine.wordsTaken();
        o.bench.engine.wordsTaken();
        assertThat(o.bench.capture(next)).isTrue();
        assertThat(o.ledger.unprotected()).contains("ahead of the log");
    }

    @Test
    void theRelaysWordsWaitForRoomInTheirOrder() {
        opaque();
        Conn c = old.open(1);
        c.client(0, "question");
        Owner o = takeOver(c, 3000, new OpaqueAdapter());
        Standby second = o.bench.join(4096);
        Conn other = o.bench.open(3);
        while (o.bench.capture(other.fromClient(other.ledger().clientEnd(), new byte[50], 0))) {}
        vouch(o, 0, "a".repeat(2500));
        vouch(o, 2500, "b".repeat(500));
        CaptureRecord next = o.conn.fromServer(3000, Bench.text("c"), 0, true);
        o.bench.now += 1000 * Bench.MILLI;
        assertThat(o.bench.capture(next))
                .as("the words are there, only the room is not")
                .isFalse();
        assertThat(o.ledger.unprotected()).isNull();
        o.bench.insist(next, second);
        assertThat(o.ledger.serverEnd()).isEqualTo(3001);
        Ledgers.assertEqual(second.known(c.key), o.ledger);
        o.bench.engine.forget(1);
        o.bench.batch(() -> true);
        second.readAll();
        assertThat(second.flow(c.key)).isNull();
    }

    @Test
    void oneThatIsContinuedWhenAStandbyIsThereAlreadyGetsIntoItsCopy() {
        Conn c = old.open(1);
        c.client(0, GET);
        copy.readAll();
        FlowLedger ledger = copy.known(c.key);
        copy.ledger.handedOver();
        Bench bench = new Bench(new HttpAdapter());
        Standby second = bench.join(LANE);
        bench.engine.continueFlow(ledger, 0, bench.now);
        bench.pass(2 * Bench.MILLI);
        second.readAll();
        Ledgers.assertEqual(second.known(c.key), ledger);
        assertThat(bench.wrap.slot(c.key).open).isFalse();
        assertThat(second.ledger.complete()).isTrue();
    }

    @Test
    void itReplacesAnEarlierOneOfTheSame4Tuple() {
        Conn c = old.open(1);
        c.client(0, GET);
        copy.readAll();
        FlowLedger ledger = copy.known(c.key);
        Bench bench = new Bench(new HttpAdapter());
        bench.open(1, 50, 60);
        int slot = bench.engine.continueFlow(ledger, 0, bench.now);
        assertThat(bench.wrap.slot(c.key).number).isEqualTo(slot);
        bench.pass(2_000 * Bench.MILLI);
        assertThat(bench.wrap.bound).containsKey(c.key);
        assertThat(bench.engine.size()).isEqualTo(1);
    }

    @Test
    void aLateWordDoesNotMeetTheSlotsNextUser() {
        opaque();
        Conn c = old.open(1);
        c.client(0, "question");
        Owner o = takeOver(c, 0, new OpaqueAdapter());
        o.conn.event(CaptureRecord.GONE, 0);
        o.bench.pass(2_000 * Bench.MILLI);
        Conn next = o.bench.open(5);
        assertThat(next.slot().number).isEqualTo(1);
        o.bench.engine.forget(1);
        vouch(o, 0, "late");
        assertThat(next.ledger().serverEnd()).isZero();
    }

    @Test
    void clearingTheCopyAfterwardsFreesNothingOfTheEngines() {
        Conn c = old.open(1);
        c.client(0, GET);
        Owner o = takeOver(c, 0, new HttpAdapter());
        copy.ledger.clear();
        assertThat(Ledgers.client(o.ledger)).isEqualTo(Bench.text(GET));
    }

    @Test
    void aRebuiltSessionStandsWhereTheFirstOneStood() {
        Conn c = old.open(1);
        c.client(0, GET + GET.substring(0, 10));
        c.server(0, BIG);
        copy.readAll();
        AdapterSession first = SessionRebuild.toFollow(old.config, c.ledger());
        AdapterSession second = SessionRebuild.toResume(old.config, copy.known(c.key));
        assertThat(second.safeClientOffset()).isEqualTo(first.safeClientOffset());
        assertThat(second.safeServerOffset()).isEqualTo(first.safeServerOffset());
        assertThat(second.wantServerFrom()).isEqualTo(first.wantServerFrom()).isEqualTo(BIG.length() + 100_000);
    }
}
