package dev.ftcp.daemon.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelayWordsTest {
    private final RelayWords words = new RelayWords();
    private final List<String> heard = new ArrayList<>();

    @Test
    void aWordThatComesDuringADrainWaitsForTheNextOne() {
        say("before");
        words.beforeDrain();
        say("during");
        assertThat(words.afterDrain()).isEqualTo(1);
        assertThat(heard).containsExactly("before");
        words.beforeDrain();
        assertThat(words.afterDrain()).isEqualTo(1);
        assertThat(heard).containsExactly("before", "during");
    }

    @Test
    void aDrainThatDoesNotComeToItsEndKeepsThemInTheirOrder() {
        say("first");
        words.beforeDrain();
        say("second");
        words.beforeDrain();
        assertThat(words.afterDrain()).isEqualTo(2);
        assertThat(heard).containsExactly("first", "second");
        assertThat(words.afterDrain()).isZero();
    }

    @Test
    void aWordMayBringAnother() {
        words.add(() -> say("later"));
        words.beforeDrain();
        assertThat(words.afterDrain()).isEqualTo(1);
        assertThat(heard).isEmpty();
        words.beforeDrain();
        words.afterDrain();
        assertThat(heard).containsExactly("later");
    }

    private void say(String word) {
        words.add(() -> heard.add(word));
    }
}
