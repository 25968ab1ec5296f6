package dev.ftcp.daemon.cli;

import dev.ftcp.daemon.control.ConnectionStatus;
import java.util.List;
import java.util.Locale;

/** Connections for people, one on a line. */
final class ConnectionsText {
    private static final String FORMAT = "%-26s %-22s %-11s %9s %11s %11s %11s %11s  %s%n";

    private ConnectionsText() {}

    static String of(List<ConnectionStatus> connections) {
        if (connections.isEmpty()) return "no open connections\n";
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                FORMAT,
                "CLIENT",
                "SERVER",
                "STATE",
                "AGE",
                "FROM",
                "TO",
                "UNCOMMITTED",
                "RETAINED",
                "NOTE"));
        for (ConnectionStatus c : connections) {
            String reason = c.reason() == null ? "" : c.reason();
            String note = c.continued() ? "continued by takeover" + (reason.isEmpty() ? "" : "; ") : "";
            out.append(String.format(
                    Locale.ROOT,
                    FORMAT,
                    c.client(),
                    c.server(),
                    c.guarded() ? "protected" : "UNPROTECTED",
                    Text.age(c.ageNanos()),
                    Text.size(c.clientBytes()),
                    Text.size(c.serverBytes()),
                    Text.size(c.uncommittedBytes()),
                    Text.size(c.retainedBytes()),
                    note + reason));
        }
        return out.toString().replaceAll(" +\n", "\n");
    }
}
