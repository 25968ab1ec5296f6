package dev.ftcp.daemon.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelayWordsTest {
    private final List<String> heard = new ArrayList<>();
    private long captured = Long.MAX_VALUE - 10; // positions may wrap
    private final RelayWords words = new RelayWords(() -> captured);

    @Test
    void aWordWaitsForWhatWasCapturedBeforeIt() {
        long request = captured;
        captured += 100;
        say("response");
        captured += 100;
        assertThat(words.afterDrain(request)).isZero();
        assertThat(words.afterDrain(request + 99)).isZero();
        assertThat(heard).isEmpty();
        assertThat(words.afterDrain(request + 100)).isEqualTo(1);
        assertThat(heard).containsExactly("response");
        assertThat(words.afterDrain(request + 100)).isZero();
    }

    @Test
    void whereADrainStopsForAWordOnlyThoseRunThatWereSaidBefore() {
        say("of one");
        long stopsHere = captured;
        captured += 200; // what follows this word, and another connection's request
        say("of another");
        assertThat(words.afterDrain(stopsHere)).isEqualTo(1);
        assertThat(heard).containsExactly("of one");
        words.afterDrain(captured);
        assertThat(heard).containsExactly("of one", "of another");
    }

    @Test
    void aWordMayBringAnother() {
        words.add(() -> say("later"));
        words.afterDrain(captured);
        words.afterDrain(captured);
        assertThat(heard).containsExactly("later");
    }

    private void say(String word) {
        words.add(() -> heard.add(word));
    }
}
