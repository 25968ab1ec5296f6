package dev.ftcp.core.role;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.config.Timing;
import org.junit.jupiter.api.Test;

/** The order of actions, which is what keeps the promises. */
class RoleMachineTest {
    private static final Timing T = new Timing(10_000_000, 100_000_000, 200_000_000, 1_000_000_000);
    private static final long LEASE = T.leaseNanos();

    private final RecordingPort port = new RecordingPort();
    private final RoleMachine machine = new RoleMachine(T, true, port);

    @Test
    void aColdStartClaimsProbesAndOpensTheGateLast() {
        machine.start(0);
        assertThat(port.take()).containsExactly("tryClaim", "probeAddresses");
        machine.onAddressProbe(false, "", 5);
        assertThat(port.take()).containsExactly("addressesUp", "openGate", "UNPROTECTED", "announce");
        assertThat(machine.status().epoch()).isEqualTo(1);
    }

    @Test
    void anAddressInUseGivesTheClaimBackAndSaysWho() {
        machine.start(0);
        machine.onAddressProbe(true, "52:54:00:00:00:01", 5);
        assertThat(port.take()).endsWith("releaseClaim").doesNotContain("openGate");
        assertThat(machine.status().reason()).contains("52:54:00:00:00:01");
        machine.tick(500_000_000);
        assertThat(port.take()).isEmpty();
        machine.tick(5 + ColdStart.CONFLICT_NANOS);
        assertThat(port.take()).containsExactly("tryClaim", "probeAddresses");
    }

    @Test
    void theSecondHostLeavesTheClaimToTheFirstForAWhile() {
        RoleMachine second = new RoleMachine(T, false, port);
        second.start(0);
        assertThat(port.take()).isEmpty();
        second.tick(ColdStart.GRACE_NANOS);
        assertThat(port.take()).contains("tryClaim");
    }

    @Test
    void aSilentOrBusyPeerForbidsTheClaim() {
        for (PeerAnswer answer : new PeerAnswer[] {PeerAnswer.SILENT, PeerAnswer.BUSY}) {
            port.answer = answer;
            RoleMachine m = new RoleMachine(T, true, port);
            m.start(0);
            m.tick(3_600_000_000_000L);
            assertThat(port.take()).isEmpty();
        }
    }

    @Test
    void theLeaseIsInPlaceBeforeTheStandbyMayBePromoted() {
        alone();
        assertThat(machine.onPeerJoined(10)).isTrue();
        machine.onSyncComplete(20);
        assertThat(port.take())
                .containsExactly("SYNCING", "beginSync", "protectGate " + (20 + LEASE), "pair 1", "beat", "PROTECTED");
    }

    @Test
    void aPairingThatFailsOpensTheGateAgain() {
        alone();
        machine.onPeerJoined(10);
        port.swaps = false;
        machine.onSyncComplete(20);
        assertThat(port.take()).endsWith("pair 1", "openGate", "dropPeer", "UNPROTECTED");
    }

    @Test
    void aHeartbeatIsRaisedBeforeThePairingIsReadAndTheLeaseExtended() {
        paired();
        machine.tick(30_000_000);
        assertThat(port.take()).containsExactly("beat", "renewLease " + (30_000_000 + LEASE));
    }

    @Test
    void anOwnerThatWasPromotedOverClosesItsGateFirst() {
        paired();
        port.paired = 0;
        machine.tick(30_000_000);
        assertThat(port.take())
                .containsExactly("beat", "closeGate", "fence", "tellSilence", "dropPeer", "releaseClaim", "FENCED");
    }

    @Test
    void anOwnerGoesOnAloneOnlyAfterItMadeTheCopyWorthless() {
        paired();
        machine.onStandbyStalled(30);
        assertThat(port.take()).containsExactly("detach 1", "openGate", "dropPeer", "UNPROTECTED");
    }

    @Test
    void anOwnerThatCantDetachIsFenced() {
        paired();
        port.swaps = false;
        machine.onPeerGone(30);
        assertThat(port.take()).startsWith("detach 1", "closeGate", "fence").endsWith("FENCED");
    }

    @Test
    void aServiceFaultHandsOverAndComesBackOnlyWhenTheServiceIs() {
        paired();
        machine.onServiceFault("exit 139", 30);
        assertThat(port.take())
                .containsExactly("closeGate", "fence", "tellSilence", "dropPeer", "releaseClaim", "FENCED");
        machine.tick(3_600_000_000_000L);
        assertThat(port.take()).isEmpty();
        port.answer = PeerAnswer.OWNER;
        machine.onServiceRestored(3_600_000_000_001L);
        assertThat(port.take()).endsWith("JOINING");
    }

    @Test
    void aSwitchoverIsSilentBeforeItSaysAll() {
        paired();
        assertThat(machine.onSwitchover(30)).isTrue();
        assertThat(port.take()).containsExactly("listenGate", "handOver 2", "HANDOVER");
        machine.tick(31_000_000);
        assertThat(port.take()).containsExactly("beat");
        port.paired = 0;
        machine.tick(50_000_000);
        assertThat(port.take())
                .containsExactly("closeGate", "fence", "tellSilence", "dropPeer", "releaseClaim", "FENCED");
    }

    @Test
    void aSwitchoverThatNobodyTakesUpIsRolledBackByTheWord() {
        paired();
        machine.onSwitchover(30);
        port.take();
        machine.tick(30 + T.detectNanos());
        assertThat(port.take()).containsExactly("detach 1", "openGate", "dropPeer", "UNPROTECTED");
        assertThat(machine.status().reason()).contains("rolled back");
    }

    @Test
    void aRollBackThatComesTooLateIsNone() {
        paired();
        machine.onSwitchover(30);
        port.take();
        port.swaps = false; // promoted between the look and the roll-back
        machine.onPeerGone(40);
        assertThat(port.take()).startsWith("detach 1", "closeGate", "fence").endsWith("FENCED");
    }

    @Test
    void onlyAProtectedOwnerSwitchesOver() {
        alone();
        assertThat(machine.onSwitchover(30)).isFalse();
        machine.onPeerJoined(30);
        port.take();
        assertThat(machine.onSwitchover(31)).isFalse();
        assertThat(port.take()).isEmpty();
    }

    @Test
    void stoppingAnOwnerLeavesTheServiceOpen() {
        paired();
        machine.onStop(30);
        assertThat(port.take()).containsExactly("detach 1", "openGate", "dropPeer", "UNPROTECTED", "leave", "STOPPED");
    }

    @Test
    void onlyAnOwnerAloneTakesAStandby() {
        assertThat(machine.onPeerJoined(0)).isFalse();
        paired();
        assertThat(machine.onPeerJoined(30)).isFalse();
    }

    private void alone() {
        machine.start(0);
        machine.onAddressProbe(false, "", 5);
        port.take();
    }

    private void paired() {
        alone();
        machine.onPeerJoined(10);
        machine.onSyncComplete(20);
        port.take();
    }
}
