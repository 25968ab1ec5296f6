package dev.ftcp.core.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairingTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 0xFFFFFFFFL, Pairing.MAX_EPOCH})
    void everyStateSurvivesEncoding(long epoch) {
        for (Pairing p : new Pairing[] {Pairing.paired(epoch), Pairing.promoted(epoch), Pairing.detached(epoch)}) {
            assertThat(Pairing.of(p.word())).isEqualTo(p);
            assertThat(p.toString()).isEqualTo(p.state() + "(" + epoch + ")");
        }
    }

    @Test
    void zeroIsFresh() {
        assertThat(Pairing.of(0)).isEqualTo(Pairing.FRESH).hasToString("FRESH");
        assertThat(Pairing.FRESH.word()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 0x3FFFFFFFFFFFFFFFL, 1L << 62, 2L << 62, 3L << 62})
    void wordsWithoutMeaningAreRefused(long word) {
        assertThatThrownBy(() -> Pairing.of(word)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void epochsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> Pairing.paired(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Pairing.promoted(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Pairing.detached(Pairing.MAX_EPOCH + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
