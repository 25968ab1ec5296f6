package dev.ftcp.xen.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.RegionLayout;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.link.LinkException.Reason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every memory link must do. An implementation's test extends this and says where the two hosts are: both in this process, or {@code b} in
 * another guest.
 */
@Timeout(120)
public abstract class PeerLinkContract {
    /** What both ends say unless a test wants them to differ. */
    protected static final Hello HELLO = KilledDaemon.HELLO;

    private static final RegionSpec SPEC = new RegionSpec(2, 65536);
    private static final int WAIT_MILLIS = 20_000;
    private static final long BEFORE_KILL = 100_000;

    private LinkHost a;
    private LinkHost b;

    /** Kind of link, to be started in another process too. */
    protected abstract LinkKind kind() throws Exception;

    /** Host {@code b}, which joins; {@code a}, which accepts, is in this process. */
    protected abstract LinkHost standbyHost() throws Exception;

    private record Ends(int owner, int standby) {}

    @BeforeEach
    void openHosts() throws Exception {
        a = new LocalHost(kind(), "a", "b");
        b = standbyHost();
    }

    @AfterEach
    void closeAll() throws Exception {
        if (a == null || b == null) return;
        a.closeAll();
        b.closeAll();
        assertNothingLeft();
    }

    @Test
    void bothEndsSeeTheSameRegion() throws Exception {
        Ends ends = connect();
        assertNothingLeft();
        assertThat(a.peerName(ends.owner)).isEqualTo("b");
        assertThat(b.peerName(ends.standby)).isEqualTo("a");
        assertThat(a.spec(ends.owner)).isEqualTo(b.spec(ends.standby)).isEqualTo(SPEC.toString());
        assertThat(a.pair(ends.owner, 1)).isTrue();
        assertThat(b.promote(ends.standby, 1)).isTrue();
        assertThat(a.pairing(ends.owner)).isEqualTo(Pairing.promoted(2).toString());
        for (int lane = 0; lane < SPEC.lanes(); lane++) {
            a.write(ends.owner, lane, 42 + lane);
            assertThat(b.read(ends.standby, lane)).containsExactly(42L + lane);
        }
    }

    @Test
    void doorbellsWakeBothWaysAndCoalesce() throws Exception {
        Ends ends = connect();
        ring(a, ends.owner, b, ends.standby);
        ring(b, ends.standby, a, ends.owner);
    }

    private static void ring(LinkHost from, int fromLink, LinkHost to, int toLink) {
        to.drain(toLink);
        long heard = to.received(toLink);
        assertThat(to.readable(toLink, 0)).isFalse();
        assertThat(to.poll(toLink)).isEqualTo(Signal.NONE);
        from.ring(fromLink, 3);
        assertThat(to.readable(toLink, WAIT_MILLIS)).isTrue();
        assertThat(to.drain(toLink)).isPositive();
        assertThat(to.readable(toLink, 0)).isFalse();
        assertThat(from.sent(fromLink)).isEqualTo(3);
        assertThat(to.received(toLink) - heard).isBetween(1L, 3L);
    }

    @Test
    void doorbellsThatNobodyHearsNeverBlock() throws Exception {
        Ends ends = connect();
        a.ring(ends.owner, 20_000);
        assertThat(b.drain(ends.standby)).isPositive();
        assertThat(b.poll(ends.standby)).isEqualTo(Signal.NONE);
    }

    @Test
    void theEndOfOneSideIsSeenByTheOtherAndTheRegionStays() throws Exception {
        Ends ends = connect();
        a.write(ends.owner, 0, 7);
        b.drain(ends.standby);
        a.close(ends.owner);
        assertThat(b.readable(ends.standby, WAIT_MILLIS)).isTrue();
        assertThat(b.poll(ends.standby)).isEqualTo(Signal.PEER_GONE);
        assertThat(b.poll(ends.standby)).as("for ever").isEqualTo(Signal.PEER_GONE);
        assertThat(b.readable(ends.standby, 0)).as("for ever").isTrue();
        b.ring(ends.standby, 1);
        assertThat(b.read(ends.standby, 0)).containsExactly(7L);
        assertThatThrownBy(() -> a.write(ends.owner, 0, 8)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> a.ring(ends.owner, 1)).isInstanceOf(IllegalStateException.class);
        a.close(ends.owner);
    }

    @Test
    void theEndOfTheStandbyIsSeenByTheOwner() throws Exception {
        Ends ends = connect();
        b.close(ends.standby);
        assertThat(a.readable(ends.owner, WAIT_MILLIS)).isTrue();
        a.drain(ends.owner);
        assertThat(a.poll(ends.owner)).isEqualTo(Signal.PEER_GONE);
        assertThat(a.pairing(ends.owner)).isEqualTo(Pairing.FRESH.toString());
    }

    @Test
    void linksOutliveTheRendezvousAndAnotherCanBeMade() throws Exception {
        int owner = open(a, HELLO);
        int standby = open(b, HELLO);
        Ends first = connect(owner, standby);
        b.close(first.standby);
        Ends second = connect(owner, standby);
        a.close(owner);
        b.close(standby);
        b.drain(second.standby);
        a.ring(second.owner, 1);
        assertThat(b.readable(second.standby, WAIT_MILLIS)).isTrue();
        assertThat(b.poll(second.standby)).isEqualTo(Signal.DOORBELL);
        a.beat(second.owner);
        assertThat(b.heartbeat(second.standby)).isEqualTo(1);
        assertThat(a.heartbeat(first.owner)).as("the old region is another one").isZero();
    }

    @Test
    void joiningFailsAtOnceWhereNobodyListens() throws Exception {
        int standby = open(b, HELLO);
        assertThat(refusedJoin(standby).reason()).isEqualTo(Reason.NO_PEER);
        a.close(open(a, HELLO));
        assertThat(refusedJoin(standby).reason()).isEqualTo(Reason.NO_PEER);
        assertNothingLeft();
    }

    static List<Hello> strangers() {
        return List.of(
                stranger("0000", Hello.PROTOCOL_VERSION, RegionLayout.VERSION),
                stranger("3f9a", Hello.PROTOCOL_VERSION + 1, RegionLayout.VERSION),
                stranger("3f9a", Hello.PROTOCOL_VERSION, RegionLayout.VERSION + 1));
    }

    private static Hello stranger(String digest, int protocol, int layout) {
        return new Hello(HELLO.service(), digest, protocol, layout);
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void strangersAreRefusedAndToldWhy(Hello stranger) throws Exception {
        int owner = open(a, HELLO);
        int standby = open(b, stranger);
        CompletableFuture<Integer> joining = joining(standby);
        LinkException mine = catchThrowableOfType(LinkException.class, () -> accept(owner));
        assertThat(mine.reason()).isEqualTo(Reason.REFUSED);
        String why = HELLO.mismatch(stranger);
        assertThat(mine).hasMessageContaining(why);
        CompletionException theirs = catchThrowableOfType(CompletionException.class, joining::join);
        assertThat(theirs.getCause()).isInstanceOf(LinkException.class).hasMessageContaining(why);
        assertThat(((LinkException) theirs.getCause()).reason())
                .isEqualTo(why.contains("version") ? Reason.OTHER_VERSION : Reason.REFUSED);
        assertNothingLeft();
        b.close(standby);
        connect(owner, open(b, HELLO));
    }

    @Test
    void anOwnerThatDoesNotAnswerIsATimeout() throws Exception {
        open(a, HELLO);
        assertThat(refusedJoin(open(b, HELLO)).reason()).isEqualTo(Reason.TIMEOUT);
        assertNothingLeft();
    }

    @Test
    void aJoinerThatGaveUpIsForgotten() throws Exception {
        int owner = open(a, HELLO);
        int standby = open(b, HELLO);
        refusedJoin(standby);
        CompletableFuture<Integer> joining = joining(standby);
        int link = -1;
        while (link < 0) {
            try {
                link = accept(owner);
            } catch (LinkException e) {
                assertThat(e.reason()).isIn(Reason.BROKEN, Reason.REFUSED);
            }
        }
        assertThat(joining.join()).isNotNegative();
    }

    @Test
    void acceptDoesNothingWhenNobodyComes() throws Exception {
        int owner = open(a, HELLO);
        assertThat(a.readable(owner, 0)).isFalse();
        assertThat(a.accept(owner)).isEqualTo(-1);
    }

    @Test
    void twoDaemonsOfOneServiceOnOneHostAreRefused() throws Exception {
        open(a, HELLO);
        LinkException e = catchThrowableOfType(LinkException.class, () -> open(a, HELLO));
        assertThat(e.reason()).isEqualTo(Reason.LOCAL);
    }

    @Test
    void oneClaimAtATime() throws Exception {
        int first = a.arbiter(open(a, HELLO));
        int second = b.arbiter(open(b, HELLO));
        assertThat(a.holder(first)).isEmpty();
        assertThat(a.claim(first)).isTrue();
        assertThat(a.claim(first)).isTrue();
        assertThat(b.claim(second)).isFalse();
        assertThat(b.holder(second)).isEqualTo("a");
        b.release(second);
        assertThat(b.claim(second)).isFalse();
        a.release(first);
        assertThat(b.holder(second)).isEmpty();
        assertThat(b.claim(second)).isTrue();
        assertThat(a.claim(first)).isFalse();
        b.close(second);
        b.close(second);
        assertThat(a.claim(first)).isTrue();
    }

    /** Two processes; the writing one is killed in the middle of it. What it published is there, whole, and its death is told. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatAKilledOwnerPublishedIsThereAndItsClaimIsFree(int round) throws Exception {
        int standby = open(b, HELLO);
        int arbiter = b.arbiter(standby);
        Process owner = start("owner");
        try {
            assertThat(b.claim(arbiter)).isFalse();
            assertThat(b.holder(arbiter)).isEqualTo("a");
            int link = b.join(standby, 1, 1 << 20);
            assertThat(b.follow(link, BEFORE_KILL)).isGreaterThanOrEqualTo(BEFORE_KILL);
            kill(owner);
            assertThat(b.followToTheEnd(link)).isGreaterThanOrEqualTo(BEFORE_KILL);
            assertThat(b.claim(arbiter)).as("a dead daemon's claim is free").isTrue();
            assertThat(refusedJoin(standby).reason()).isEqualTo(Reason.NO_PEER);
        } finally {
            kill(owner);
        }
    }

    @Test
    void theDeathOfAKilledStandbyIsToldToTheOwner() throws Exception {
        int owner = open(b, HELLO);
        CompletableFuture<Integer> accepting = CompletableFuture.supplyAsync(() -> {
            try {
                return accept(b, owner);
            } catch (LinkException e) {
                throw new CompletionException(e);
            }
        });
        Process standby = start("standby");
        try {
            int link = accepting.join();
            b.drain(link);
            kill(standby);
            assertThat(b.readable(link, WAIT_MILLIS)).isTrue();
            b.drain(link);
            assertThat(b.poll(link)).isEqualTo(Signal.PEER_GONE);
            assertThat(b.pairing(link)).isEqualTo(Pairing.FRESH.toString());
        } finally {
            kill(standby);
        }
    }

    @Test
    void nothingStaysOpenOrMapped() throws Exception {
        everyWayToEnd();
        String mine = a.resources();
        String theirs = b.resources();
        for (int i = 0; i < 3; i++) everyWayToEnd();
        assertThat(a.resources()).isEqualTo(mine);
        assertThat(b.resources()).isEqualTo(theirs);
    }

    private void everyWayToEnd() throws Exception {
        Ends ends = connect();
        a.close(ends.owner);
        b.poll(ends.standby);
        a.closeAll();
        b.closeAll();
        int standby = open(b, HELLO);
        refusedJoin(standby);
        int owner = open(a, strangers().get(0));
        CompletableFuture<Integer> joining = joining(standby);
        catchThrowableOfType(LinkException.class, () -> accept(owner));
        catchThrowableOfType(CompletionException.class, joining::join);
        a.closeAll();
        b.closeAll();
    }

    private Process start(String role) throws Exception {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        KilledDaemon.class.getName(),
                        kind().text(),
                        role)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        return process;
    }

    private static void kill(Process process) throws InterruptedException {
        process.toHandle().destroyForcibly(); // SIGKILL
        assertThat(process.waitFor(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
    }

    private void assertNothingLeft() throws Exception {
        assertThat(a.left()).isEmpty();
        assertThat(b.left()).isEmpty();
    }

    private static int open(LinkHost host, Hello hello) throws LinkException {
        return host.open(hello.service(), hello.configDigest(), hello.protocolVersion(), hello.layoutVersion());
    }

    private Ends connect() throws Exception {
        return connect(open(a, HELLO), open(b, HELLO));
    }

    private Ends connect(int owner, int standby) throws Exception {
        CompletableFuture<Integer> joining = joining(standby);
        int accepted = accept(owner);
        return new Ends(accepted, joining.join());
    }

    private LinkException refusedJoin(int standby) {
        return catchThrowableOfType(LinkException.class, () -> b.join(standby, SPEC.lanes(), SPEC.laneBytes()));
    }

    private CompletableFuture<Integer> joining(int standby) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return b.join(standby, SPEC.lanes(), SPEC.laneBytes());
            } catch (LinkException e) {
                throw new CompletionException(e);
            }
        });
    }

    private int accept(int owner) throws LinkException {
        return accept(a, owner);
    }

    private static int accept(LinkHost host, int owner) throws LinkException {
        while (true) {
            assertThat(host.readable(owner, WAIT_MILLIS)).as("somebody joins").isTrue();
            int link = host.accept(owner);
            if (link >= 0) return link;
        }
    }
}
