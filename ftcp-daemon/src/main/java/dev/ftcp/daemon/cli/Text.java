package dev.ftcp.daemon.cli;

import java.util.Locale;

/** Numbers for people: always with their unit, never more digits than help. */
final class Text {
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Text() {}

    /** A span of time, as {@code 12 ms}, {@code 3.4 s}, {@code 3m12s}, {@code 2h03m}, {@code 5d01h}. */
    static String age(long nanos) {
        long ms = Math.max(0, nanos) / 1_000_000L;
        if (ms < 1000) return ms + " ms";
        long s = ms / 1000;
        if (s < 60) return String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
        if (s < 3600) return String.format(Locale.ROOT, "%dm%02ds", s / 60, s % 60);
        if (s < 86_400) return String.format(Locale.ROOT, "%dh%02dm", s / 3600, s / 60 % 60);
        return String.format(Locale.ROOT, "%dd%02dh", s / 86_400, s / 3600 % 24);
    }

    /** A size, as {@code 512 B}, {@code 1.2 GiB}. */
    static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < BINARY.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, BINARY[unit]);
    }

    /** A number with separators, as {@code 1,204}. */
    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }
}
