package dev.ftcp.xen.bpf;

import java.util.ArrayDeque;
import java.util.Deque;

/** Steps that run at the end, last first: what has to be undone unless everything succeeds, or what a removal consists of. */
final class Unwind implements AutoCloseable {
    private final Deque<Runnable> steps = new ArrayDeque<>();

    void atEnd(Runnable step) {
        steps.push(step);
    }

    /** Everything succeeded: nothing is to be undone. */
    void keep() {
        steps.clear();
    }

    /** Runs the steps. Every one is tried; the first failure is thrown with the others suppressed. */
    @Override
    public void close() {
        RuntimeException first = null;
        while (!steps.isEmpty()) {
            try {
                steps.pop().run();
            } catch (RuntimeException e) {
                if (first == null) first = e;
                else first.addSuppressed(e);
            }
        }
        if (first != null) throw first;
    }
}
