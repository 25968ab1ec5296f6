package dev.ftcp.core.role;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.config.Timing;
import org.junit.jupiter.api.Test;

/** When a standby takes over, and what it waits for before. */
class StandbyTest {
    private static final Timing T = new Timing(10_000_000, 100_000_000, 200_000_000, 1_000_000_000);

    private final RecordingPort port = new RecordingPort();
    private final RoleMachine machine = new RoleMachine(T, true, port);

    @Test
    void aHandoverNeedsNoLeaseToRunOut() {
        standby();
        port.now = 60_000_000;
        machine.onHandover(8, 60_000_000);
        assertThat(port.take()).containsExactly("promote 7", "TAKEOVER", "prepareTakeover", "executeTakeover 8");
        machine.tick(3_600_000_000_000L);
        assertThat(port.take()).isEmpty();
    }

    @Test
    void aHandoverThatIsReadInTheLeasesWaitEndsIt() {
        standby();
        port.now = 60_000_000;
        machine.onPeerGone(60_000_000);
        port.take();
        machine.onHandover(8, 61_000_000);
        assertThat(port.take()).containsExactly("executeTakeover 8");
        machine.onHandover(8, 62_000_000);
        assertThat(port.take()).isEmpty();
    }

    @Test
    void aHandoverOfAnotherTimeMeansNothing() {
        standby();
        machine.onHandover(7, 60_000_000);
        machine.onHandover(9, 60_000_000);
        assertThat(port.take()).isEmpty();
        assertThat(machine.role()).isEqualTo(Role.STANDBY);
    }

    @Test
    void aSilenceLongerThanTheLeaseCostsNoMoreWait() {
        standby();
        port.beat = 1;
        port.now = 52_000_000; // this thread was slow: the heartbeat may be as young as that
        machine.tick(50_000_000);
        machine.tick(52_000_000 + T.detectNanos() - 1);
        assertThat(port.take()).isEmpty();
        port.now = 53_000_000 + T.detectNanos() + T.heartbeatNanos();
        machine.tick(52_000_000 + T.detectNanos() + T.heartbeatNanos());
        assertThat(port.take()).containsExactly("promote 7", "TAKEOVER", "prepareTakeover", "executeTakeover 8");
        machine.onTakeoverDone(400_000_000);
        assertThat(machine.role()).isEqualTo(Role.UNPROTECTED);
        assertThat(machine.status().epoch()).isEqualTo(8);
    }

    @Test
    void proofOfDeathSkipsTheDetectionButNotTheLeaseOfTheLastHeartbeat() {
        standby();
        port.beat = 1;
        port.now = 52_000_000;
        machine.tick(50_000_000);
        port.now = 60_000_000;
        machine.onPeerGone(60_000_000);
        waitsForTheLeaseFrom(52_000_000);
    }

    @Test
    void aHeartbeatThatNobodyHasSeenBeforeThePromotionMayHaveAnyLease() {
        standby();
        port.beat = 1;
        port.now = 60_000_000;
        machine.onPeerGone(59_000_000);
        waitsForTheLeaseFrom(60_000_000);
    }

    @Test
    void anOwnerOfAnEarlierVersionMayExtendItsLeaseWithoutAHeartbeatThatShows() {
        standby();
        port.beatsFirst = false;
        port.now = 60_000_000;
        machine.onPeerGone(59_000_000);
        waitsForTheLeaseFrom(60_000_000);
    }

    @Test
    void anOwnerThatSaysThatItIsSilentNeedsNoLeaseToRunOut() {
        standby();
        port.silent = true;
        port.now = 60_000_000;
        machine.onPeerGone(60_000_000);
        waitsUntil(60_000_000 + Standby.LAST_WORDS_NANOS);
    }

    @Test
    void anOwnerMaySayItInTheLeasesWaitToo() {
        standby();
        port.now = 60_000_000;
        machine.onPeerGone(60_000_000);
        port.silent = true;
        machine.tick(70_000_000);
        waitsUntil(70_000_000 + Standby.LAST_WORDS_NANOS);
    }

    @Test
    void proofThatTheHostIsGoneSkipsTheLeaseToo() {
        standby();
        port.now = 21_000_000;
        machine.onPeerGone(21_000_000);
        port.take();
        port.hostGone = true;
        machine.onPeerHostGone(22_000_000);
        machine.onPeerHostGone(23_000_000);
        assertThat(port.take()).containsExactly("executeTakeover 8");
    }

    @Test
    void aStaleCopyIsDropped() {
        standby();
        port.swaps = false;
        machine.onPeerGone(21_000_000);
        assertThat(port.take()).containsExactly("promote 7", "dropCopy", "STARTING");
    }

    @Test
    void aCopyThatWasCompletedBeforeItsOwnerDiedIsPromoted() {
        port.answer = PeerAnswer.OWNER;
        machine.start(0);
        port.take();
        port.paired = 7;
        machine.onPeerGone(5);
        assertThat(port.take()).containsExactly("STANDBY", "promote 7", "TAKEOVER", "prepareTakeover");
    }

    @Test
    void anIncompleteCopyIsDropped() {
        port.answer = PeerAnswer.OWNER;
        machine.start(0);
        assertThat(port.take()).containsExactly("closeGate", "fence", "releaseClaim", "JOINING");
        machine.onPeerGone(5);
        assertThat(port.take()).containsExactly("dropCopy", "STARTING");
    }

    @Test
    void aTakeoverIsFinishedBeforeTheDaemonStops() {
        standby();
        port.hostGone = true;
        machine.onPeerGone(21_000_000);
        machine.onStop(22_000_000);
        assertThat(machine.role()).isEqualTo(Role.TAKEOVER);
        machine.onTakeoverDone(23_000_000);
        assertThat(machine.role()).isEqualTo(Role.STOPPED);
    }

    private void waitsForTheLeaseFrom(long time) {
        waitsUntil(time + T.leaseNanos());
    }

    private void waitsUntil(long time) {
        assertThat(port.take()).containsExactly("promote 7", "TAKEOVER", "prepareTakeover");
        machine.tick(time - 1);
        assertThat(port.take()).isEmpty();
        machine.tick(time);
        assertThat(port.take()).containsExactly("executeTakeover 8");
    }

    private void standby() {
        port.answer = PeerAnswer.OWNER;
        machine.start(0);
        port.paired = 7;
        machine.tick(10_000_000);
        assertThat(machine.role()).isEqualTo(Role.STANDBY);
        port.take();
    }
}
