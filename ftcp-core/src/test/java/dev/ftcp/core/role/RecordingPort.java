package dev.ftcp.core.role;

import java.util.ArrayList;
import java.util.List;

/** Writes down the order of the actions, and answers as the test says. */
final class RecordingPort implements RolePort {
    final List<String> did = new ArrayList<>();
    PeerAnswer answer = PeerAnswer.ABSENT;
    boolean claimFree = true;
    boolean swaps = true;
    boolean hostGone;
    long paired;
    long beat;
    boolean beatsFirst = true;
    boolean silent;
    long now;

    /** What was done since the last call. */
    List<String> take() {
        List<String> out = List.copyOf(did);
        did.clear();
        return out;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public PeerAnswer join(long search) {
        return answer;
    }

    @Override
    public boolean tryClaim() {
        did.add("tryClaim");
        return claimFree;
    }

    @Override
    public void releaseClaim() {
        did.add("releaseClaim");
    }

    @Override
    public void probeAddresses() {
        did.add("probeAddresses");
    }

    @Override
    public void addressesUp() {
        did.add("addressesUp");
    }

    @Override
    public void announce() {
        did.add("announce");
    }

    @Override
    public void openGate() {
        did.add("openGate");
    }

    @Override
    public void protectGate(long deadline) {
        did.add("protectGate " + deadline);
    }

    @Override
    public void renewLease(long deadline) {
        did.add("renewLease " + deadline);
    }

    @Override
    public void listenGate() {
        did.add("listenGate");
    }

    @Override
    public void closeGate() {
        did.add("closeGate");
    }

    @Override
    public void fence() {
        did.add("fence");
    }

    @Override
    public void beginSync() {
        did.add("beginSync");
    }

    @Override
    public void handOver(long next) {
        did.add("handOver " + next);
    }

    @Override
    public void beat() {
        did.add("beat");
    }

    @Override
    public long peerBeat() {
        return beat;
    }

    @Override
    public boolean peerBeatsFirst() {
        return beatsFirst;
    }

    @Override
    public long pairedEpoch() {
        return paired;
    }

    @Override
    public boolean pair(long epoch) {
        did.add("pair " + epoch);
        if (swaps) paired = epoch;
        return swaps;
    }

    @Override
    public boolean detach(long epoch) {
        did.add("detach " + epoch);
        return swaps;
    }

    @Override
    public boolean promote(long epoch) {
        did.add("promote " + epoch);
        return swaps;
    }

    @Override
    public void tellSilence() {
        did.add("tellSilence");
    }

    @Override
    public boolean peerSilent() {
        return silent;
    }

    @Override
    public void dropPeer() {
        did.add("dropPeer");
    }

    @Override
    public void dropCopy() {
        did.add("dropCopy");
    }

    @Override
    public boolean peerHostGone() {
        return hostGone;
    }

    @Override
    public void prepareTakeover() {
        did.add("prepareTakeover");
    }

    @Override
    public void executeTakeover(long epoch) {
        did.add("executeTakeover " + epoch);
    }

    @Override
    public void leave() {
        did.add("leave");
    }

    @Override
    public void roleChanged(Role from, Role to, String reason, long nowNanos) {
        did.add(to.name());
    }
}
