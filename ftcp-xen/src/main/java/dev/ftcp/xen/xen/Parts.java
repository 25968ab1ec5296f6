package dev.ftcp.xen.xen;

import java.util.ArrayDeque;
import java.util.Deque;

/** What has been made of something that may still fail: closed all, the last first, unless they are {@link #handOver handed over}. */
final class Parts implements AutoCloseable {
    private final Deque<AutoCloseable> made = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T part) {
        made.push(part);
        return part;
    }

    /** All of them, for a new owner who closes them; nothing is left here. */
    Parts handOver() {
        Parts all = new Parts();
        all.made.addAll(made);
        made.clear();
        return all;
    }

    @Override
    public void close() {
        RuntimeException first = null;
        while (!made.isEmpty()) {
            try {
                made.pop().close();
            } catch (Exception e) {
                if (first == null) first = new IllegalStateException("cannot close: " + e.getMessage(), e);
            }
        }
        if (first != null) throw first;
    }
}
