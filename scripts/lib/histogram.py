"""Draws stalls as SVG: for each workload a histogram, and how the median stall of each kind of fault divides into stages."""

import statistics
from xml.sax.saxutils import escape

WIDTH, ROW, TOP, LEFT = 1120, 190, 78, 60
PLOT_WIDTH, PLOT_HEIGHT = 500, 110
BARS_LEFT, BARS_WIDTH, BAR = 690, 400, 20
BINS = 40
FAULT_COLOURS = {"daemon": "#4878a8", "crash": "#e08a3c", "freeze": "#6a9f58", "switchover": "#a0627f"}
STAGE_COLOURS = ("#b8b8b8", "#d9d9d9", "#7b6fb0", "#4878a8", "#e08a3c", "#6a9f58", "#d1605e")
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


class Svg:
    def __init__(self, width, height):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            ' font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
        ]

    def rect(self, x, y, width, height, colour, title=""):
        hint = f"<title>{escape(title)}</title>" if title else ""
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">{hint}</rect>')

    def line(self, x1, y1, x2, y2, colour="#222", dash=""):
        style = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{style}/>')

    def text(self, x, y, text, anchor="start", weight="normal", size=12):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}">{escape(text)}</text>'
        )

    def end(self):
        return "\n".join([*self.parts, "</svg>", ""])


def step_for(maximum, ticks):
    return next((step for step in STEPS if maximum / step <= ticks), STEPS[-1])


def legend(svg, x, y, entries):
    for name, colour in entries:
        svg.rect(x, y - 10, 11, 11, colour)
        svg.text(x + 15, y, name)
        x += 27 + 6.6 * len(name)


def histogram(svg, top, name, rows, maximum, faults, quantile):
    width = maximum / BINS
    counts = [{fault: 0 for fault in faults} for _ in range(BINS)]
    values = [row["stalls"][name]["ms"] for row in rows]
    for row, value in zip(rows, values):
        counts[min(BINS - 1, int(value / width))][row["fault"]] += 1
    highest = max(sum(bin_.values()) for bin_ in counts)
    base = top + PLOT_HEIGHT
    step = step_for(highest, 4)
    for count in range(0, highest + 1, step):
        y = base - PLOT_HEIGHT * count / highest
        svg.line(LEFT, y, LEFT + PLOT_WIDTH, y, "#e4e4e4")
        svg.text(LEFT - 6, y + 4, str(count), "end")
    for number, bin_ in enumerate(counts):
        y = base
        for fault in faults:
            height = PLOT_HEIGHT * bin_[fault] / highest
            if height:
                y -= height
                hint = f"{number * width:.0f} to {(number + 1) * width:.0f} ms, {fault}: {bin_[fault]}"
                svg.rect(LEFT + PLOT_WIDTH * number / BINS, y, PLOT_WIDTH / BINS - 1, height, FAULT_COLOURS[fault], hint)
    for label, value in (("median", statistics.median(values)), ("p99", quantile(values, 0.99))):
        x = LEFT + PLOT_WIDTH * min(value, maximum) / maximum
        svg.line(x, top - 6, x, base, "#222", "4 3")
        svg.text(x + 3, top - (8 if label == "median" else -6), f"{label} {value:.0f} ms", "start" if value < 0.8 * maximum else "end")
    axis(svg, LEFT, PLOT_WIDTH, base, maximum, "stall, ms")
    svg.text(LEFT - 44, top - 22, name, weight="bold", size=14)
    svg.text(LEFT - 44, top - 4, "takeovers", size=10)


def axis(svg, left, width, base, maximum, label):
    svg.line(left, base, left + width, base)
    step = step_for(maximum, 8)
    for value in range(0, int(maximum) + 1, step):
        x = left + width * value / maximum
        svg.line(x, base, x, base + 4)
        svg.text(x, base + 16, str(value), "middle")
    svg.text(left + width, base + 29, label, "end", size=11)


def bars(svg, top, name, rows, maximum, stages, faults):
    y = top
    for fault in faults:
        chosen = [row["stalls"][name] for row in rows if row["fault"] == fault]
        if not chosen:
            continue
        # The parts of the takeovers around the median add up to it; medians of the parts would not.
        middle = sorted(chosen, key=lambda stall: stall["ms"])[len(chosen) // 3 : 2 * len(chosen) // 3 + 1]
        x = BARS_LEFT
        for stage, colour in zip(stages, STAGE_COLOURS):
            part = statistics.mean(stall["parts_ms"][stage] for stall in middle)
            svg.rect(x, y, BARS_WIDTH * part / maximum, BAR, colour, f"{fault}, {stage}: {part:.1f} ms")
            x += BARS_WIDTH * part / maximum
        svg.text(BARS_LEFT - 6, y + 14, fault, "end")
        svg.text(x + 4, y + 14, f"{statistics.median(stall['ms'] for stall in chosen):.0f} ms")
        y += BAR + 12
    axis(svg, BARS_LEFT, BARS_WIDTH, top + PLOT_HEIGHT, maximum, "the median third of the stalls by stage, mean, ms")


def draw(rows, settings, workloads, stages, faults, quantile):
    svg = Svg(WIDTH, TOP + ROW * len(workloads))
    title = f"What clients notice of {len(rows)} takeovers: longest time without progress"
    svg.text(16, 24, title, weight="bold", size=16)
    delay = f", {settings['delay_ms']:g} ms round trip" if settings["delay_ms"] else ""
    svg.text(WIDTH - 16, 24, f"{settings['connections']} keep-alive connections, {settings['rate_mb']:g} MB/s each way{delay}", "end")
    legend(svg, LEFT, 46, [(fault, FAULT_COLOURS[fault]) for fault in faults])
    legend(svg, BARS_LEFT - 60, 46, list(zip(stages, STAGE_COLOURS)))
    for number, name in enumerate(workloads):
        top = TOP + 30 + ROW * number
        highest = max(row["stalls"][name]["ms"] for row in rows)
        step = step_for(highest, 8)
        maximum = step * (int(highest / step) + 1)
        histogram(svg, top, name, rows, maximum, faults, quantile)
        bars(svg, top, name, rows, 1.12 * maximum, stages, faults)
    return svg.end()
