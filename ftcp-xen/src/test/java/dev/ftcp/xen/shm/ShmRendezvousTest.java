package dev.ftcp.xen.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionLayout;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.Message;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is special to files and sockets, and joiners that are no daemons. */
@Timeout(60)
class ShmRendezvousTest {
    private static final Hello HELLO = Hello.of("web", "3f9a");
    private static final RegionSpec SPEC = new RegionSpec(1, 4096);

    @TempDir
    Path directory;

    private ShmRendezvous owner;

    @BeforeEach
    void open() throws LinkException {
        owner = ShmRendezvous.open(directory, "a", "b", HELLO);
    }

    @AfterEach
    void close() {
        owner.close();
    }

    @Test
    void daemonsOfDifferentServicesMeetOnlyToBeRefused() throws Exception {
        Hello other = Hello.of("mail", "3f9a");
        try (ShmRendezvous joiner = ShmRendezvous.open(directory, "b", "a", other);
                UnixSocket socket = connect()) {
            socket.write(Message.offer("b", other, "b.1-1.region"));
            LinkException e = catchThrowableOfType(LinkException.class, () -> owner.accept(null));
            assertThat(e).hasMessageContaining(HELLO.mismatch(other));
        }
    }

    @Test
    void whatAKilledDaemonLeftIsRemoved() throws Exception {
        owner.close();
        Path own = Files.createFile(directory.resolve("a.123-1.region"));
        Path others = Files.createFile(directory.resolve("b.123-1.region"));
        UnixSocket.listen(directory.resolve("a.sock"), 1).close();
        assertThat(directory.resolve("a.sock")).exists();
        owner = ShmRendezvous.open(directory, "a", "b", HELLO);
        assertThat(own).doesNotExist();
        assertThat(others).exists();
        owner.close();
        assertThat(directory.resolve("a.sock")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../a", "a.b", "a/b", "-a", "a\nb"})
    void namesThatAreNoFileNamesAreRefused(String name) {
        assertThatThrownBy(() -> ShmRendezvous.open(directory, name, "b", HELLO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ShmRendezvous.open(directory, "c", name, HELLO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "/etc/passwd",
                "b.1-1.region/../x",
                "a.1-1.region",
                "b.region",
                "b.1-1.region",
                ""
            })
    void regionsThatAreNotThePeersAreRefused(String name) throws Exception {
        try (UnixSocket joiner = connect()) {
            joiner.write(Message.offer("b", HELLO, name));
            assertRefused();
            assertThat(answer(joiner).refusal()).isNotNull();
        }
    }

    /** A pair of which one host is upgraded: it says what the version before says, whichever side it is on. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theNextVersionAgreesToTheOneBefore(boolean ownerIsOlder) throws Exception {
        Hello older = new Hello("web", "old", Hello.PROTOCOL_VERSION_BEFORE, RegionLayout.VERSION);
        Hello newer = Hello.of("web", "new", "old");
        owner.close();
        try (ShmRendezvous upTo = ShmRendezvous.open(directory, "a", "b", ownerIsOlder ? older : newer);
                ShmRendezvous joiner = ShmRendezvous.open(directory, "b", "a", ownerIsOlder ? newer : older)) {
            CompletableFuture<PeerLink> joining = CompletableFuture.supplyAsync(() -> {
                try {
                    return joiner.join(SPEC);
                } catch (LinkException e) {
                    throw new CompletionException(e);
                }
            });
            PeerLink accepted = null;
            int refusals = 0;
            for (long end = System.nanoTime() + 5_000_000_000L; accepted == null && System.nanoTime() < end; ) {
                try {
                    accepted = upTo.accept(null);
                } catch (LinkException e) {
                    refusals++;
                }
            }
            assertThat(accepted).isNotNull();
            assertThat(refusals).isEqualTo(ownerIsOlder ? 1 : 0);
            accepted.close();
            joining.get(5, TimeUnit.SECONDS).close();
            Hello changed = Hello.of("web", "new", "other");
            assertThat(changed.mismatch(older)).contains("configuration differs");
            assertThat(older.mismatch(newer)).contains("protocol version differs");
        }
    }

    @Test
    void aRegionThatIsNoneIsRefused() throws Exception {
        for (int length : new int[] {0, 100, 4096, SPEC.totalBytes()}) {
            Files.write(directory.resolve("b.1-1.region"), new byte[length]);
            try (UnixSocket joiner = connect()) {
                joiner.write(Message.offer("b", HELLO, "b.1-1.region"));
                assertRefused();
            }
        }
    }

    @Test
    void aJoinerOfAnotherNameIsRefused() throws Exception {
        try (UnixSocket joiner = connect()) {
            joiner.write(Message.offer("c", HELLO, "c.1-1.region"));
            assertRefused();
            assertThat(answer(joiner).refusal()).contains("joiner is called c");
        }
    }

    @Test
    void anOfferMayComeInPieces() throws Exception {
        Path path = directory.resolve("b.1-1.region");
        try (SharedFile file = SharedFile.create(path, SPEC.totalBytes());
                UnixSocket joiner = connect()) {
            Region.create(file.buffer(), SPEC);
            ByteBuffer offer = Message.offer("b", HELLO, "b.1-1.region");
            offer.limit(100);
            joiner.write(offer);
            assertThat(owner.accept(null)).isNull();
            offer.limit(Message.BYTES);
            joiner.write(offer);
            try (var link = owner.accept(null)) {
                assertThat(link).isNotNull();
                assertThat(answer(joiner).refusal()).isNull();
            }
        }
    }

    @Test
    void whoConnectsAndSaysNothingKeepsNobodyOut() throws Exception {
        UnixSocket[] silent = new UnixSocket[30];
        for (int i = 0; i < silent.length; i++) {
            silent[i] = connect();
            assertThat(owner.accept(null)).isNull();
        }
        aJoinerOfAnotherNameIsRefused();
        for (UnixSocket socket : silent) socket.close();
        for (int i = 0; i < silent.length; i++) assertThat(owner.accept(null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomOffersAreRefused(long seed) throws Exception {
        System.out.println("ShmRendezvousTest.randomOffers seed " + seed);
        Random random = new Random(seed);
        byte[] good = new byte[Message.BYTES];
        Message.offer("b", HELLO, "b.1-1.region").get(0, good);
        for (int round = 0; round < 100; round++) {
            byte[] bad = good.clone();
            if (round % 2 == 0) random.nextBytes(bad);
            else for (int i = 0; i < 5; i++) bad[random.nextInt(100)] = (byte) random.nextInt();
            try (UnixSocket joiner = connect()) {
                joiner.write(ByteBuffer.wrap(bad));
                assertRefused();
            }
        }
        assertThat(openDescriptors()).as("descriptors of sockets and regions").isLessThan(100);
    }

    @Test
    void anAnswerThatMakesNoSenseIsBroken() throws Exception {
        ShmRendezvous standby = ShmRendezvous.open(directory, "b", "c", HELLO);
        try (UnixSocket liar = UnixSocket.listen(directory.resolve("c.sock"), 1)) {
            Thread answers = new Thread(() -> {
                UnixSocket joiner = null;
                while (joiner == null) joiner = liar.accept();
                byte[] nonsense = new byte[Message.BYTES];
                System.arraycopy("nonsense".getBytes(StandardCharsets.UTF_8), 0, nonsense, 0, 8);
                joiner.write(ByteBuffer.wrap(nonsense));
                joiner.close();
            });
            answers.start();
            LinkException e = catchThrowableOfType(LinkException.class, () -> standby.join(SPEC));
            assertThat(e.reason()).isEqualTo(Reason.BROKEN);
            answers.join();
        } finally {
            standby.close();
        }
        assertThat(directory).isDirectoryNotContaining("glob:**.region");
    }

    @Test
    void aDirectoryThatCannotBeUsedIsALocalFailure() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        LinkException e =
                catchThrowableOfType(LinkException.class, () -> ShmRendezvous.open(file.resolve("x"), "a", "b", HELLO));
        assertThat(e.reason()).isEqualTo(Reason.LOCAL);
        Path deep = directory.resolve("d".repeat(100));
        assertThatThrownBy(() -> ShmRendezvous.open(deep, "a", "b", HELLO))
                .hasMessageContaining("choose a shorter directory");
        assertThatThrownBy(() -> ShmRendezvous.open(deep, "a", "b", HELLO))
                .as("and the lock is free")
                .hasMessageContaining("shorter");
    }

    private void assertRefused() {
        LinkException e = catchThrowableOfType(LinkException.class, () -> owner.accept(null));
        assertThat(e.reason()).isEqualTo(Reason.REFUSED);
    }

    private UnixSocket connect() {
        return UnixSocket.connect(directory.resolve("a.sock"));
    }

    private static Message answer(UnixSocket joiner) {
        ByteBuffer answer = ByteBuffer.allocate(Message.BYTES);
        assertThat(joiner.read(answer)).isEqualTo(Message.BYTES);
        return Message.decode(answer);
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }
}
