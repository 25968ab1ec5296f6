package dev.ftcp.daemon.cli;

import dev.ftcp.core.role.Role;
import dev.ftcp.daemon.control.Status;
import java.util.Locale;

/** A status in the text format of Prometheus (exposition format 0.0.4), for node_exporter's textfile collector or a scraper's script. */
final class Metrics {
    private static final double NANOS_PER_SECOND = 1e9;

    private final StringBuilder out = new StringBuilder();
    private final String labels;

    private Metrics(Status s) {
        labels = "service=\"" + s.service() + "\",host=\"" + s.host() + "\"";
    }

    static String of(Status s) {
        Metrics m = new Metrics(s);
        m.head("ftcp_role", "gauge", "1 for the state that the daemon is in, 0 for all others.");
        for (Role role : Role.values()) m.value("ftcp_role", ",role=\"" + role + "\"", role == s.verdict() ? 1 : 0);
        m.gauge("ftcp_epoch", "The ownership that the daemon has or follows.", s.epoch());
        m.gauge("ftcp_role_age_seconds", "How long it has been in this state.", s.sinceAgeNanos() / NANOS_PER_SECOND);
        Status.Connections c = s.connections();
        m.gauge("ftcp_connections", "Open connections.", c.live());
        m.gauge("ftcp_connections_unprotected", "Open connections that a takeover would reset.", c.unprotected());
        Status.Totals t = s.totals();
        m.counter("ftcp_opened_total", "Connections followed from their opening.", t.opened());
        m.counter("ftcp_closed_total", "Connections that closed.", t.closed());
        m.counter("ftcp_reset_total", "Connections that could not be continued.", t.reset());
        m.counter("ftcp_committed_bytes_total", "Bytes of both streams that were committed.", s.committedBytes());
        m.gauge("ftcp_retained_bytes", "Bytes held for a replay.", s.retainedBytes());
        m.counter("ftcp_doorbells_total", "Notifications sent to the other host.", s.doorbells());
        s.counters().forEach((name, value) -> m.counter("ftcp_" + name + "_total", "See README, Operations.", value));
        return m.out.toString();
    }

    private void gauge(String name, String help, double value) {
        head(name, "gauge", help);
        value(name, "", value);
    }

    private void counter(String name, String help, double value) {
        head(name, "counter", help);
        value(name, "", value);
    }

    private void head(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ");
        out.append(name).append(' ').append(type).append('\n');
    }

    private void value(String name, String more, double value) {
        String number =
                value == Math.rint(value) ? String.valueOf((long) value) : String.format(Locale.ROOT, "%.3f", value);
        out.append(name)
                .append('{')
                .append(labels)
                .append(more)
                .append("} ")
                .append(number)
                .append('\n');
    }
}
