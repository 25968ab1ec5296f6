package dev.ftcp.core.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegionTest {
    private static final RegionSpec SPEC = new RegionSpec(3, 4096);

    @Test
    void peerOpensWhatOwnerCreated() {
        ByteBuffer memory = Memory.of(SPEC);
        Region owner = Region.create(memory, SPEC);
        Region peer = Region.open(memory);
        assertThat(peer.spec()).isEqualTo(SPEC);
        assertThat(owner.pairing()).isEqualTo(Pairing.FRESH);
        assertThat(peer.casPairing(Pairing.FRESH, Pairing.paired(7))).isTrue();
        assertThat(owner.casPairing(Pairing.paired(7), Pairing.promoted(8))).isTrue();
        assertThat(peer.casPairing(Pairing.paired(7), Pairing.detached(7))).isFalse();
        assertThat(peer.pairing()).isEqualTo(Pairing.promoted(8));
        long before = owner.heartbeat();
        peer.beat();
        assertThat(owner.heartbeat()).isEqualTo(before + 1);
    }

    @Test
    void memoryThatWasUsedBeforeIsLaidOutAfresh() {
        ByteBuffer memory = Memory.of(SPEC);
        for (int i = 0; i < memory.capacity(); i++) memory.put(i, (byte) 0xA5);
        Region region = Region.create(memory, SPEC);
        assertThat(region.pairing()).isEqualTo(Pairing.FRESH);
        for (int lane = 0; lane < SPEC.lanes(); lane++)
            assertThat(region.reader(lane).isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0, magic at 0",
        "8, layout version at 8",
        "16, total size at 16",
        "384, offset of lane 0 at 384",
        "400, offset of lane 1 at 400",
        "408, size of lane 1 at 408",
        "416, offset of lane 2 at 416",
        "424, size of lane 2 at 424",
        // These two decide what is expected of the others.
        "12, lane",
        "392, lane"
    })
    void everyHeaderFieldIsChecked(int at, String named) {
        ByteBuffer memory = Memory.of(SPEC);
        Region.create(memory, SPEC);
        for (int bit = 0; bit < 32; bit++) {
            ByteBuffer bad = Memory.copy(memory);
            bad.putInt(at, bad.getInt(at) ^ 1 << bit);
            assertThatThrownBy(() -> Region.open(bad))
                    .isInstanceOf(RegionException.class)
                    .message()
                    .satisfies(
                            text -> assertThat(text).containsAnyOf(named, named.equals("lane") ? "total size" : named));
        }
    }

    @Test
    void aPairingWordWithoutMeaningIsNamed() {
        ByteBuffer memory = Memory.of(SPEC);
        Region region = Region.create(memory, SPEC);
        memory.putLong(RegionLayout.PAIRING_AT, 5);
        assertThatThrownBy(region::pairing)
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("pairing word at 128");
        assertThatThrownBy(() -> Region.open(memory)).isInstanceOf(RegionException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void randomHeadersNeverOpenNorEscape(long seed) {
        System.out.println("RegionTest.randomHeaders seed " + seed);
        Random random = new Random(seed);
        ByteBuffer good = Memory.of(SPEC);
        Region.create(good, SPEC);
        for (int round = 0; round < 500; round++) {
            ByteBuffer bad = Memory.copy(good);
            int changes = 1 + random.nextInt(8);
            for (int i = 0; i < changes; i++) {
                int at = random.nextInt(round % 2 == 0 ? 24 : 512);
                bad.put(at, (byte) random.nextInt());
            }
            Throwable thrown = catchThrowable(() -> Region.open(bad));
            if (thrown != null) assertThat(thrown).isInstanceOf(RegionException.class);
        }
    }

    @Test
    void memoryOfAnotherSizeIsRefused() {
        ByteBuffer memory = Memory.of(SPEC);
        Region.create(memory, SPEC);
        ByteBuffer shorter = memory.slice(0, memory.capacity() - 4096);
        assertThatThrownBy(() -> Region.open(shorter)).isInstanceOf(RegionException.class);
        assertThatThrownBy(() -> Region.open(memory.slice(0, 64))).isInstanceOf(RegionException.class);
        assertThatThrownBy(() -> Region.create(shorter, SPEC)).isInstanceOf(RegionException.class);
        assertThatThrownBy(() -> Region.open(ByteBuffer.allocate(memory.capacity())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Region.open(memory.slice(1, memory.capacity() - 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 4096", "17, 4096", "1, 2048", "1, 5000", "1, 0", "1, -2147483648", "2, 1073741824"})
    void sizesOutOfRangeAreRefused(int lanes, int bytes) {
        assertThatThrownBy(() -> new RegionSpec(lanes, bytes)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatAPrimaryTellsIsReadByThePeerAndFalseWithoutAWord() {
        ByteBuffer memory = Memory.of(SPEC);
        Region owner = Region.create(memory, SPEC);
        Region peer = Region.open(memory);
        assertThat(peer.beatsFirst()).isFalse();
        assertThat(peer.silent()).isFalse();
        owner.beatsFirst(true);
        assertThat(peer.beatsFirst()).isTrue();
        assertThat(peer.silent()).isFalse();
        owner.silent(true);
        assertThat(peer.silent()).isTrue();
        owner.silent(false);
        assertThat(peer.silent()).isFalse();
        memory.putLong(RegionLayout.SILENT_AT, -1); // nonsense is not taken for a promise
        assertThat(peer.silent()).isFalse();
        assertThat(peer.heartbeat()).isZero();
    }

    @Test
    void aRetiredRegionIsNotUsed() {
        Region region = Region.create(Memory.of(SPEC), SPEC);
        RingWriter writer = region.writer(0);
        RingReader reader = region.reader(0);
        region.retire();
        assertThatThrownBy(() -> writer.tryClaim(1, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(writer::publish).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> reader.poll((t, b, i, l) -> true, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(region::beat).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(region::pairing).isInstanceOf(IllegalStateException.class);
    }
}
