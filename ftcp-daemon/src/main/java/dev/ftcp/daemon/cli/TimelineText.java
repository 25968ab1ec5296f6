package dev.ftcp.daemon.cli;

import dev.ftcp.daemon.control.TimelineEntry;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Takeovers for people: one on a line, what was lost below it. */
final class TimelineText {
    private static final String FORMAT = "%9s %6s %9s %5s %10s %5s  %-52s %s%n";

    private TimelineText() {}

    static String of(List<TimelineEntry> takeovers) {
        if (takeovers.isEmpty()) return "no takeover since this daemon started\n";
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT, FORMAT, "AGO", "EPOCH", "CONTINUED", "GONE", "UNANSWERED", "LOST", "STAGES, MS", "CAUSE"));
        for (TimelineEntry t : takeovers) {
            out.append(String.format(
                    Locale.ROOT,
                    FORMAT,
                    Text.age(t.ageNanos()),
                    t.epoch(),
                    Text.count(t.continued()),
                    Text.count(t.gone()),
                    Text.count(t.unanswered()),
                    Text.count(t.lost().size()),
                    stages(t.stagesMillis()),
                    t.cause()));
            for (String lost : t.lost())
                out.append("          lost ").append(lost).append('\n');
        }
        return out.toString();
    }

    private static String stages(Map<String, Double> stages) {
        StringBuilder out = new StringBuilder();
        stages.forEach((name, ms) ->
                out.append(out.isEmpty() ? "" : ", ").append(name).append(String.format(Locale.ROOT, " %.0f", ms)));
        return out.toString();
    }
}
