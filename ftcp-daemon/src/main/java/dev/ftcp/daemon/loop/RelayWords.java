package dev.ftcp.daemon.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * What the relay says to the engine. A word about a response is only understood after the request, which the wrap captured before the
 * relay got it: so a word waits until what was captured before it is drained, wherever a drain may end meanwhile. What the relay sends after it is captured
 * after it, and the engine stops there until the word has come: it comes, for what stops the drain lies behind it.
 */
final class RelayWords {
    /** @param captured how far the capture was when it was said */
    private record Word(long captured, Runnable what) {}

    private final LongSupplier captured;
    private final Queue<Word> said = new ConcurrentLinkedQueue<>();

    /** @param captured how far the capture is: a position that only grows; asked on the thread that speaks */
    RelayWords(LongSupplier captured) {
        this.captured = captured;
    }

    /** Any thread, but one for the words of a connection. */
    void add(Runnable word) {
        said.add(new Word(captured.getAsLong(), word));
    }

    /**
     * Runs what is due. Core loop only.
     *
     * @param drained how far the capture is drained
     * @return how many words there were
     */
    int afterDrain(long drained) {
        int n = 0;
        for (Word word = said.peek(); word != null && word.captured - drained <= 0; word = said.peek(), n++) {
            said.remove();
            word.what.run();
        }
        return n;
    }
}
