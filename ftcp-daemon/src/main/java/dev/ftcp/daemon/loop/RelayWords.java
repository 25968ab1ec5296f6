package dev.ftcp.daemon.loop;

import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What the relay says to the engine. A word about a response is only understood after the request, which the wrap captured before the
 * relay got it: so a word waits until what was captured before it is drained. What the relay sends after it is captured after it, and the
 * engine stops there until the word has come. {@link #add} on any thread, the rest on the core loop.
 */
final class RelayWords {
    private final ConcurrentLinkedQueue<Runnable> said = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();

    void add(Runnable word) {
        said.add(word);
    }

    /** The drain that follows takes what was captured before these words, or a part of it. */
    void beforeDrain() {
        for (Runnable word = said.poll(); word != null; word = said.poll()) due.add(word);
    }

    /** All that was captured is drained, or up to a record that waits for a word. Returns how many words there were. */
    int afterDrain() {
        int n = 0;
        for (Runnable word = due.poll(); word != null; word = due.poll(), n++) word.run();
        return n;
    }
}
