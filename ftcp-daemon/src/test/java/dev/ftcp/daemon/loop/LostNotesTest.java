package dev.ftcp.daemon.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LostNotesTest {
    private final List<Long> asked = new ArrayList<>();
    private long lost;
    private long captured = 1000;
    private boolean room = true;
    private final LostNotes notes = new LostNotes(() -> lost, () -> captured, now -> {
        asked.add(now);
        return room;
    });

    @Test
    void nothingIsAskedWithoutALoss() {
        notes.turn(0, 1);
        notes.turn(1000, 2);
        assertThat(asked).isEmpty();
    }

    @Test
    void aLossIsLookedIntoOnceAllBeforeItIsDrained() {
        lost = 3;
        notes.turn(900, 1);
        captured = 2000;
        notes.turn(999, 2);
        assertThat(asked).isEmpty();
        notes.turn(1000, 3);
        notes.turn(2000, 3 + LostNotes.AGAIN_NANOS);
        assertThat(asked).containsExactly(3L);
    }

    @Test
    void lossesThatGoOnAreLookedIntoOnceASecond() {
        for (long now = 1; now <= 3 * LostNotes.AGAIN_NANOS; now += 100_000_000L, lost++) notes.turn(captured, now);
        assertThat(asked).hasSize(3);
    }

    @Test
    void andAgainIfTheLogHasNoRoom() {
        lost = 1;
        room = false;
        notes.turn(1000, 1);
        room = true;
        notes.turn(1000, 1 + LostNotes.AGAIN_NANOS);
        notes.turn(1000, 1 + 2 * LostNotes.AGAIN_NANOS);
        assertThat(asked).containsExactly(1L, 1 + LostNotes.AGAIN_NANOS);
    }
}
