package dev.ftcp.core.adapter.http;

import java.util.Arrays;

/** What a session of a takeover remembers beside its own state: the captured server bytes and every safe point. */
final class Recording {
    private final KeptBytes kept = new KeptBytes();
    private long[] points = new long[8]; // client offset, server offset, client offset, ...
    private int used;

    Recording(long client, long server) {
        safePoint(client, server);
    }

    KeptBytes kept() {
        return kept;
    }

    void safePoint(long client, long server) {
        if (used == points.length) points = Arrays.copyOf(points, 2 * used);
        points[used++] = client;
        points[used++] = server;
    }

    /** Index of the latest safe point that a client at {@code position} has reached. */
    int reached(long position) {
        int i = used / 2 - 1;
        while (i > 0 && points[2 * i + 1] > position) i--;
        return i;
    }

    boolean has(int point) {
        return 2 * point < used;
    }

    long client(int point) {
        return points[2 * point];
    }

    long server(int point) {
        return points[2 * point + 1];
    }
}
