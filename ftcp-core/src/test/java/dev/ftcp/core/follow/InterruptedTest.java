package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.adapter.opaque.OpaqueAdapter;
import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.follow.Bench.Conn;
import dev.ftcp.core.ledger.FlowLedger;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A connection whose socket the service has lost goes on where it was, and the standby's copy with it. */
class InterruptedTest {
    private static final int LANE = 1 << 16;

    private final Bench bench = new Bench(new OpaqueAdapter());
    private final Interrupted interrupted = bench.engine.interrupted();

    private static void dies(Conn c) {
        c.event(CaptureRecord.KILLED, 9);
        c.event(CaptureRecord.GONE, 0);
    }

    @Test
    void itGoesOnInItsSlotAndInTheCopy() {
        Standby standby = bench.join(LANE);
        bench.wrap.witness = new G1(standby);
        Conn c = bench.open(1);
        c.client(0, "question");
        c.server(0, "ans");
        c.event(CaptureRecord.KILLED, 9);
        assertThat(interrupted.ending()).containsExactly(c.key);
        assertThat(interrupted.lost()).isEmpty();
        c.server(3, "wer"); // the dying socket still says what it had
        int slot = c.slot().number, generation = c.slot().generation;
        CaptureRecord late = c.fromServer(6, Bench.text("stale"), 0, true);
        c.event(CaptureRecord.GONE, 0);
        assertThat(interrupted.ending()).isEmpty();
        FlowLedger ledger = c.ledger();
        assertThat(interrupted.lost()).containsExactly(ledger);
        bench.pass(100_000 * Bench.MILLI);
        assertThat(bench.engine.continueFlow(ledger, 4, bench.now)).isEqualTo(slot);
        assertThat(interrupted.lost()).isEmpty();
        assertThat(c.slot().generation).isNotEqualTo(generation);
        assertThat(c.slot().nextSeq).isEqualTo(c.serverSeq(4));
        assertThat(c.slot().open).isFalse();
        bench.capture(late); // a record of the old socket
        assertThat(ledger.serverEnd()).isEqualTo(6);
        c.server(4, "er again");
        c.client(8, "!");
        bench.pass(2 * Bench.MILLI);
        assertThat(Ledgers.client(ledger)).isEqualTo(Bench.text("question!"));
        assertThat(ledger.serverEnd()).isEqualTo(12);
        standby.readAll();
        Ledgers.assertEqual(standby.known(c.key), ledger);
        assertThat(bench.engine.size()).isEqualTo(1);
    }

    /** So that the gate can tell the end of a response from that of a service that failed. */
    @Test
    void theGateKnowsWhatIsOwed() {
        Bench http = new Bench(new HttpAdapter());
        Conn c = http.open(1);
        assertThat(c.slot().owed - c.serverSeq(0)).isNotPositive();
        c.client(0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(c.slot().owed).isEqualTo(c.serverSeq(1));
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        c.server(0, head + "he");
        assertThat(c.slot().owed).isEqualTo(c.serverSeq(head.length() + 5));
        c.server(head.length() + 2, "llo");
        assertThat(c.slot().owed - c.serverSeq(head.length() + 5)).isNotPositive();
    }

    @Test
    void aloneItWaitsTooAndJoinsALaterCopy() {
        Conn c = bench.open(1);
        c.client(0, "question");
        dies(c);
        bench.pass(1_000 * Bench.MILLI);
        assertThat(interrupted.lost()).hasSize(1);
        Standby standby = bench.join(LANE);
        Ledgers.assertEqual(standby.known(c.key), c.ledger());
        bench.engine.continueFlow(c.ledger(), 0, bench.now);
        c.server(0, "answer");
        standby.readAll();
        Ledgers.assertEqual(standby.known(c.key), c.ledger());
    }

    @Test
    void oneThatIsContinuedWhileAStandbyIsBroughtUpToDateGetsIntoItsCopy() {
        Conn c = bench.open(1);
        c.client(0, "question");
        dies(c);
        Standby standby = new Standby(LANE, Bench.SLOTS, Bench.RETAIN);
        bench.engine.attach(standby.writer);
        bench.engine.continueFlow(c.ledger(), 0, bench.now);
        while (!bench.engine.snapshot(bench.now)) standby.readAll();
        assertThat(bench.engine.finishSnapshot()).isTrue();
        standby.readAll();
        Ledgers.assertEqual(standby.known(c.key), c.ledger());
        assertThat(c.slot().open).isFalse();
    }

    @Test
    void allAreSilencedAtOnce() {
        Conn c = bench.open(1), over = bench.open(2);
        over.event(CaptureRecord.GONE, 0);
        interrupted.silenceAll();
        assertThat(c.slot().silenced).isTrue();
        assertThat(over.slot().silenced).isFalse();
        c.event(CaptureRecord.GONE, 0);
        assertThat(interrupted.lost()).containsExactly(c.ledger());
    }

    @Test
    void anOpeningThatTheKernelHasForgottenIsLostToo() {
        Conn c = bench.open(1), open = bench.open(2), there = bench.open(3);
        open.event(CaptureRecord.ESTABLISHED, 0);
        interrupted.forgotten(Set.of(there.key));
        assertThat(interrupted.lost()).containsExactly(c.ledger());
    }

    @Test
    void oneThatNobodyCanContinueIsOverEverywhere() {
        Standby standby = bench.join(LANE);
        Conn c = bench.open(1), other = bench.open(2);
        c.client(0, "poison");
        dies(c);
        dies(other);
        assertThat(interrupted.giveUp(c.ledger(), "quarantined")).isTrue();
        bench.pass(2 * Bench.MILLI);
        standby.readAll();
        assertThat(standby.known(c.key).unprotected()).isEqualTo("quarantined");
        FlowLedger gone = other.ledger();
        bench.engine.drop(gone);
        bench.pass(2 * Bench.MILLI);
        standby.readAll();
        assertThat(standby.flow(other.key)).isNull();
        assertThat(interrupted.lost()).containsExactly(c.ledger());
    }
}
