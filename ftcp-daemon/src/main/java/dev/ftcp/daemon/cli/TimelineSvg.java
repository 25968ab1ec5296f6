package dev.ftcp.daemon.cli;

import dev.ftcp.daemon.control.TimelineEntry;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Takeovers as a picture: a bar for each, its stages one after the other on one scale.
 *
 * <pre>
 *   epoch 4  2m03s ago          |silence|lease     |probe|restore|    no heartbeat for 400 ms
 *                               0 ms ............................ longest
 * </pre>
 */
final class TimelineSvg {
    private static final int WIDTH = 1000, LEFT = 180, BAR = 560, ROW = 26, TOP = 50, BAR_HEIGHT = 14;
    private static final Map<String, String> COLOURS = Map.of(
            "silence", "#b8b8b8",
            "lease", "#d9c27a",
            "drain", "#7b6fb0",
            "probe", "#4878a8",
            "restore", "#e08a3c",
            "replay", "#6a9f58");

    private TimelineSvg() {}

    static String of(List<TimelineEntry> takeovers) {
        double longest =
                takeovers.stream().mapToDouble(TimelineSvg::millis).max().orElse(1);
        StringBuilder out = new StringBuilder();
        int height = TOP + ROW * takeovers.size() + 10;
        out.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n",
                WIDTH,
                height));
        int x = LEFT;
        for (String stage : List.of("silence", "lease", "drain", "probe", "restore", "replay")) {
            rect(out, x, 14, 11, 11, stage, stage);
            text(out, x + 15, 24, stage);
            x += 80;
        }
        text(out, LEFT, TOP - 6, "0");
        text(out, LEFT + BAR - 30, TOP - 6, String.format(Locale.ROOT, "%.0f ms", longest));
        int y = TOP;
        for (TimelineEntry t : takeovers) {
            row(out, t, y, BAR / Math.max(longest, 1e-3));
            y += ROW;
        }
        return out.append("</svg>\n").toString();
    }

    private static void row(StringBuilder out, TimelineEntry t, int y, double scale) {
        text(out, 10, y + 12, "epoch " + t.epoch() + ", " + Text.age(t.ageNanos()) + " ago");
        double x = LEFT;
        for (Map.Entry<String, Double> stage : t.stagesMillis().entrySet()) {
            double width = Math.max(0, stage.getValue()) * scale;
            String hint = String.format(Locale.ROOT, "%s %.1f ms", stage.getKey(), stage.getValue());
            rect(out, x, y, width, BAR_HEIGHT, stage.getKey(), hint);
            x += width;
        }
        String lost = t.lost().isEmpty() ? "" : ", " + t.lost().size() + " LOST";
        text(out, x + 8, y + 12, t.cause() + ": " + Text.count(t.continued()) + " continued" + lost);
    }

    private static double millis(TimelineEntry t) {
        return t.stagesMillis().values().stream().mapToDouble(d -> d).sum();
    }

    private static void rect(
            StringBuilder out, double x, double y, double width, int height, String stage, String hint) {
        out.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s</title></rect>%n",
                x,
                y,
                width,
                height,
                COLOURS.getOrDefault(stage, "#d1605e"),
                escape(hint)));
    }

    private static void text(StringBuilder out, double x, double y, String text) {
        out.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\">%s</text>%n", x, y, escape(text)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
