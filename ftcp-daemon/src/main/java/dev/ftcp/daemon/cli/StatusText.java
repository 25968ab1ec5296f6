package dev.ftcp.daemon.cli;

import dev.ftcp.daemon.control.Status;
import java.util.Locale;
import java.util.StringJoiner;

/** A status for people: the verdict first, then the evidence. */
final class StatusText {
    private StatusText() {}

    static String of(Status s) {
        StringBuilder out = new StringBuilder();
        out.append(s.verdict())
                .append(" for ")
                .append(Text.age(s.sinceAgeNanos()))
                .append(": ")
                .append(s.reason())
                .append('\n');
        for (String w : s.warnings()) line(out, "WARNING", w);
        line(out, "service", s.service() + " on " + s.host() + ", peer " + s.peer() + ", epoch " + s.epoch());
        Status.Connections c = s.connections();
        line(
                out,
                "connections",
                Text.count(c.live()) + " live: " + Text.count(c.guarded()) + " protected, "
                        + Text.count(c.unprotected()) + " unprotected");
        c.reasons().forEach((reason, n) -> line(out, "", Text.count(n) + " " + reason));
        Status.Totals t = s.totals();
        line(
                out,
                "since start",
                Text.count(t.opened()) + " opened, " + Text.count(t.closed()) + " closed, " + Text.count(t.continued())
                        + " continued, " + Text.count(t.reset()) + " reset");
        line(out, "gate", gate(s));
        line(out, "output", s.output());
        line(
                out,
                "log",
                Text.size(s.committedBytes()) + " committed, " + Text.size(s.retainedBytes()) + " retained, "
                        + Text.count(s.doorbells()) + " doorbells");
        line(out, "takeover", takeover(s));
        s.counters().forEach((name, value) -> line(out, name, Text.count(value)));
        return out.toString();
    }

    private static String gate(Status s) {
        StringBuilder out = new StringBuilder(s.gate());
        Long lease = s.leaseNanos();
        if (lease != null)
            out.append(lease > 0 ? ", lease for " + Text.age(lease) : ", LEASE OVER for " + Text.age(-lease));
        Long beat = s.heartbeatAgeNanos();
        return out.append(beat == null ? ", no heartbeat" : ", heartbeat " + Text.age(beat) + " ago")
                .toString();
    }

    private static String takeover(Status s) {
        Status.Takeover t = s.lastTakeover();
        if (t == null) return "none since start";
        StringBuilder out = new StringBuilder(Text.age(t.ageNanos()) + " ago: " + t.cause() + "; "
                + Text.count(t.connections()) + " continued, " + Text.count(t.resets()) + " reset");
        if (!t.resetReasons().isEmpty()) {
            StringJoiner reasons = new StringJoiner(", ", " (", ")");
            t.resetReasons().forEach((reason, n) -> reasons.add(Text.count(n) + " " + reason));
            out.append(reasons);
        }
        StringJoiner stages = new StringJoiner(", ", "; ", "");
        t.stagesMillis().forEach((stage, ms) -> stages.add(stage + String.format(Locale.ROOT, " %.1f ms", ms)));
        return t.stagesMillis().isEmpty() ? out.toString() : out.append(stages).toString();
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(String.format(Locale.ROOT, "  %-12s %s%n", name, value));
    }
}
