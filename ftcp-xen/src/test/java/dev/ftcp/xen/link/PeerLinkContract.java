package dev.ftcp.xen.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionLayout;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.core.ring.RingWriter;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.linux.Epoll;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every memory link must do; an implementation's test extends this and says how its ends are made. */
@Timeout(60)
public abstract class PeerLinkContract {
    /** What both ends say unless a test wants them to differ. */
    protected static final Hello HELLO = Hello.of("web", "3f9a");

    private static final RegionSpec SPEC = new RegionSpec(2, 65536);
    private static final int WAIT_MILLIS = 10_000;

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** The end that accepts: host {@code a}, whose peer is {@code b}. */
    protected abstract Rendezvous owner(Hello hello) throws Exception;

    /** The end that joins: host {@code b}, whose peer is {@code a}. */
    protected abstract Rendezvous standby(Hello hello) throws Exception;

    /** The arbiter as host {@code self} sees it. */
    protected abstract Arbiter arbiter(String self) throws Exception;

    /** Nothing but what lives as long as the daemons may be left of a link, made or failed. */
    protected abstract void assertNothingLeft() throws Exception;

    private record Ends(PeerLink owner, PeerLink standby) {}

    @AfterEach
    void closeAll() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) opened.get(i).close();
    }

    @Test
    void bothEndsSeeTheSameRegion() throws Exception {
        Ends ends = connect();
        assertNothingLeft();
        assertThat(ends.owner.peerName()).isEqualTo("b");
        assertThat(ends.standby.peerName()).isEqualTo("a");
        Region primary = ends.owner.region();
        Region standby = ends.standby.region();
        assertThat(primary.spec()).isEqualTo(standby.spec()).isEqualTo(SPEC);
        assertThat(primary.casPairing(Pairing.FRESH, Pairing.paired(1))).isTrue();
        assertThat(standby.casPairing(Pairing.paired(1), Pairing.promoted(2))).isTrue();
        assertThat(primary.pairing()).isEqualTo(Pairing.promoted(2));
        for (int lane = 0; lane < SPEC.lanes(); lane++) {
            RingWriter writer = primary.writer(lane);
            RingReader reader = standby.reader(lane);
            int at = writer.tryClaim(7, 8);
            writer.buffer().putLong(at, 42 + lane);
            writer.commit();
            writer.publish();
            int expected = lane;
            assertThat(reader.poll((type, b, i, n) -> b.getLong(i) == 42 + expected, 9))
                    .isEqualTo(1);
            assertThat(writer.freeBytes()).isEqualTo(SPEC.laneBytes());
        }
    }

    @Test
    void doorbellsWakeBothWaysAndCoalesce() throws Exception {
        Ends ends = connect();
        for (PeerLink[] way : new PeerLink[][] {{ends.owner, ends.standby}, {ends.standby, ends.owner}}) {
            drain(way[1]);
            long heard = way[1].doorbellsReceived();
            assertThat(readable(way[1].fd(), 0)).isFalse();
            assertThat(way[1].poll()).isEqualTo(Signal.NONE);
            for (int i = 0; i < 3; i++) way[0].ringDoorbell();
            assertThat(readable(way[1].fd(), WAIT_MILLIS)).isTrue();
            assertThat(drain(way[1])).isGreaterThanOrEqualTo(1);
            assertThat(readable(way[1].fd(), 0)).isFalse();
            assertThat(way[0].doorbellsSent()).isEqualTo(3);
            assertThat(way[1].doorbellsReceived() - heard).isBetween(1L, 3L);
        }
    }

    @Test
    void doorbellsThatNobodyHearsNeverBlock() throws Exception {
        Ends ends = connect();
        for (int i = 0; i < 20_000; i++) ends.owner.ringDoorbell();
        assertThat(drain(ends.standby)).isPositive();
        assertThat(ends.standby.poll()).isEqualTo(Signal.NONE);
    }

    @Test
    void theEndOfOneSideIsSeenByTheOtherAndTheRegionStays() throws Exception {
        Ends ends = connect();
        RingWriter writer = ends.owner.region().writer(0);
        writer.tryClaim(1, 100);
        writer.commit();
        writer.publish();
        drain(ends.standby);
        ends.owner.close();
        assertThat(readable(ends.standby.fd(), WAIT_MILLIS)).isTrue();
        assertThat(ends.standby.poll()).isEqualTo(Signal.PEER_GONE);
        assertThat(ends.standby.poll()).as("for ever").isEqualTo(Signal.PEER_GONE);
        ends.standby.ringDoorbell();
        assertThat(ends.standby.region().reader(0).poll((type, b, i, n) -> true, 9))
                .isEqualTo(1);
        assertThatThrownBy(() -> writer.tryClaim(1, 1)).isInstanceOf(IllegalStateException.class);
        ends.owner.close();
    }

    @Test
    void theEndOfTheStandbyIsSeenByTheOwner() throws Exception {
        Ends ends = connect();
        ends.standby.close();
        assertThat(readable(ends.owner.fd(), WAIT_MILLIS)).isTrue();
        assertThat(drainUntilGone(ends.owner)).isTrue();
        assertThat(ends.owner.region().pairing()).isEqualTo(Pairing.FRESH);
    }

    @Test
    void linksOutliveTheRendezvousAndAnotherCanBeMade() throws Exception {
        Rendezvous owner = keep(owner(HELLO));
        Rendezvous standby = keep(standby(HELLO));
        Ends first = connect(owner, standby);
        first.standby.close();
        Ends second = connect(owner, standby);
        owner.close();
        standby.close();
        second.owner.ringDoorbell();
        assertThat(readable(second.standby.fd(), WAIT_MILLIS)).isTrue();
        second.owner.region().beat();
        assertThat(second.standby.region().heartbeat()).isEqualTo(1);
        assertThat(first.owner.region().heartbeat())
                .as("the old region is another one")
                .isZero();
    }

    @Test
    void joiningFailsAtOnceWhereNobodyListens() throws Exception {
        Rendezvous standby = keep(standby(HELLO));
        LinkException e = catchThrowableOfType(LinkException.class, () -> standby.join(SPEC));
        assertThat(e.reason()).isEqualTo(Reason.NO_PEER);
        Rendezvous owner = keep(owner(HELLO));
        owner.close();
        e = catchThrowableOfType(LinkException.class, () -> standby.join(SPEC));
        assertThat(e.reason()).isEqualTo(Reason.NO_PEER);
        assertNothingLeft();
    }

    static List<Hello> strangers() {
        return List.of(
                new Hello("mail", "3f9a", Hello.PROTOCOL_VERSION, RegionLayout.VERSION),
                new Hello("web", "0000", Hello.PROTOCOL_VERSION, RegionLayout.VERSION),
                new Hello("web", "3f9a", Hello.PROTOCOL_VERSION + 1, RegionLayout.VERSION),
                new Hello("web", "3f9a", Hello.PROTOCOL_VERSION, RegionLayout.VERSION + 1));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void strangersAreRefusedAndToldWhy(Hello stranger) throws Exception {
        Rendezvous owner = keep(owner(HELLO));
        Rendezvous standby = keep(standby(stranger));
        CompletableFuture<PeerLink> joining = joining(standby);
        LinkException mine = catchThrowableOfType(LinkException.class, () -> accept(owner));
        assertThat(mine.reason()).isEqualTo(Reason.REFUSED);
        String why = HELLO.mismatch(stranger);
        assertThat(mine).hasMessageContaining(why);
        CompletionException theirs = catchThrowableOfType(CompletionException.class, joining::join);
        assertThat(theirs.getCause()).isInstanceOf(LinkException.class).hasMessageContaining(why);
        assertThat(((LinkException) theirs.getCause()).reason()).isEqualTo(Reason.REFUSED);
        assertNothingLeft();
        standby.close();
        connect(owner, keep(standby(HELLO)));
    }

    @Test
    void anOwnerThatDoesNotAnswerIsATimeout() throws Exception {
        keep(owner(HELLO));
        Rendezvous standby = keep(standby(HELLO));
        LinkException e = catchThrowableOfType(LinkException.class, () -> standby.join(SPEC));
        assertThat(e.reason()).isEqualTo(Reason.TIMEOUT);
        assertNothingLeft();
    }

    @Test
    void aJoinerThatGaveUpIsForgotten() throws Exception {
        Rendezvous owner = keep(owner(HELLO));
        Rendezvous standby = keep(standby(HELLO));
        assertThatThrownBy(() -> standby.join(SPEC)).isInstanceOf(LinkException.class);
        CompletableFuture<PeerLink> joining = joining(standby);
        PeerLink link = null;
        while (link == null) {
            try {
                link = accept(owner);
            } catch (LinkException e) {
                assertThat(e.reason()).isIn(Reason.BROKEN, Reason.REFUSED);
            }
        }
        keep(link);
        keep(joining.join());
    }

    @Test
    void acceptDoesNothingWhenNobodyComes() throws Exception {
        Rendezvous owner = keep(owner(HELLO));
        assertThat(readable(owner.fd(), 0)).isFalse();
        assertThat(owner.accept(null)).isNull();
    }

    @Test
    void oneClaimAtATime() throws Exception {
        Arbiter a = keep(arbiter("a"));
        Arbiter b = keep(arbiter("b"));
        assertThat(a.holder()).isEmpty();
        assertThat(a.tryClaim()).isTrue();
        assertThat(a.tryClaim()).isTrue();
        assertThat(b.tryClaim()).isFalse();
        assertThat(b.holder()).isEqualTo("a");
        b.release();
        assertThat(b.tryClaim()).isFalse();
        a.release();
        assertThat(b.holder()).isEmpty();
        assertThat(b.tryClaim()).isTrue();
        assertThat(a.tryClaim()).isFalse();
        b.close();
        b.close();
        assertThat(a.tryClaim()).isTrue();
    }

    private Ends connect() throws Exception {
        return connect(keep(owner(HELLO)), keep(standby(HELLO)));
    }

    private Ends connect(Rendezvous owner, Rendezvous standby) throws Exception {
        CompletableFuture<PeerLink> joining = joining(standby);
        PeerLink accepted = keep(accept(owner));
        return new Ends(accepted, keep(joining.join()));
    }

    private static CompletableFuture<PeerLink> joining(Rendezvous standby) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return standby.join(SPEC);
            } catch (LinkException e) {
                throw new CompletionException(e);
            }
        });
    }

    private static PeerLink accept(Rendezvous owner) throws LinkException {
        while (true) {
            assertThat(readable(owner.fd(), WAIT_MILLIS)).as("somebody joins").isTrue();
            PeerLink link = owner.accept(null);
            if (link != null) return link;
        }
    }

    private static int drain(PeerLink link) {
        int doorbells = 0;
        while (readable(link.fd(), 0) && link.poll() == Signal.DOORBELL) doorbells++;
        return doorbells;
    }

    private static boolean drainUntilGone(PeerLink link) {
        Signal signal = link.poll();
        while (signal == Signal.DOORBELL) signal = link.poll();
        return signal == Signal.PEER_GONE;
    }

    private static boolean readable(int fd, int timeoutMillis) {
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(fd, 0);
            return epoll.await(timeoutMillis) > 0;
        }
    }

    private <T extends AutoCloseable> T keep(T closeable) {
        opened.add(closeable);
        return closeable;
    }
}
