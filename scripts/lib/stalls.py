"""Many takeovers in one lab: what clients notice of each, and where the time goes.

usage: stalls.py [OPTIONS]   (scripts/stalls sets up what it needs)
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from histogram import draw
from lab import ROOT, VIP, WWW, Failed, Program, lab
from show import Show
from stall_hosts import FAULTS, KINDS, STATE, Host
from stall_transfers import BROKEN_AFTER

WORKLOADS = ("download", "upload", "keep-alive", "idle", "new")
STAGES = ("detect", "lease", "drain", "probe", "restore", "replay")
FIRST_BYTE = "first byte"
SETTLE = 0.3


class Run:
    def __init__(self, options, show):
        self.options, self.show = options, show
        self.hosts = {name: Host(name) for name in ("a", "b")}
        self.takeovers, self.broken, self.windows, self.stored = [], [], [], []
        self.link = None

    def report(self, line):
        if "window" in line:
            self.windows.append(line)
        elif "uploaded" in line:
            self.stored.append(line)
        elif line.get("reason") or line.get("failure"):
            self.broken.append(line.get("failure") or f"{line['broken']}: {line['reason']}")

    def tell(self, command):
        try:
            self.clients.process.stdin.write(command + "\n")
            self.clients.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"the clients ended: {self.clients.result().get('failure')}") from None

    def until(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if self.clients.ended():
                raise Failed(f"the clients ended: {self.clients.result().get('failure')}")
            if time.monotonic() > end:
                raise Failed(f"waited {seconds} s for {what}")
            time.sleep(0.01)

    def check_uploads(self):
        """Each file that the service confirmed is on the disk of the host that stored it, byte for byte."""
        while self.stored:
            one = self.stored.pop(0)
            with open(f"{WWW}/200m.bin", "rb") as file:
                file.seek(one["offset"])
                wanted = file.read(one["size"])
            paths = [f"{STATE}/disk/{name}/{one['uploaded']}" for name in self.hosts]
            good = False
            for path in paths:
                if os.path.exists(path):
                    with open(path, "rb") as file:
                        good |= file.read() == wanted
                    os.unlink(path)
            if not good:
                self.broken.append(f"upload: {one['uploaded']} is not stored as it was sent")

    def boot(self):
        lab("up")
        if self.options.delay:
            command = [os.path.join(ROOT, "scripts", "lab"), "link", "client", f"delay={self.options.delay / 2:g}"]
            self.link = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            time.sleep(1)
            if self.link.poll() is not None:
                raise Failed(f"lab link client ended with status {self.link.returncode}")
        for name, host in self.hosts.items():
            host.boot()
            host.await_verdict("UNPROTECTED" if name == "a" else "STANDBY")
        self.hosts["a"].await_verdict("PROTECTED")
        rate = self.options.rate * 1e6
        # A small buffer keeps the stream even; a long path needs room for what is on its way.
        buffer = int(max(1 << 17, 2 * rate * self.options.delay / 1000))
        arguments = (VIP, self.options.connections, rate, buffer, f"{WWW}/500m.bin", f"{WWW}/200m.bin")
        self.clients = Program("client", "stall_clients.py", *arguments, on_report=self.report)
        self.until(lambda: self.clients.latest.get("ready") or self.windows or self.stored, "the clients")

    def play(self):
        self.boot()
        owner, other = "a", "b"
        try:
            for number in range(self.options.takeovers):
                kind = self.options.faults[number % len(self.options.faults)]
                self.takeovers.append(self.one(number, kind, self.hosts[owner], self.hosts[other]))
                owner, other = other, owner
                self.check_uploads()
        finally:
            if not self.clients.ended():
                self.clients.stop()
            if self.link:
                self.link.stdin.close()
        self.clients.result()

    def one(self, number, kind, owner, other):
        time.sleep(SETTLE)
        count = len(self.windows)
        self.tell("window")
        time.sleep(0.02)
        at = owner.fail(kind)
        status = self.until_taken_over(other, at)
        self.tell("speak")
        span = max(0.1, 5 * self.options.delay / 1000)
        self.tell(f"close {span}")
        self.until(lambda: len(self.windows) > count, f"the end of the stalls of takeover {number + 1}")
        owner.repair(kind)
        row = self.split(number, kind, at, status["last_takeover"], self.windows[-1])
        other.await_verdict("PROTECTED")
        owner.await_verdict("STANDBY")
        self.show.progress(self.line(row))
        return row

    def until_taken_over(self, host, since):
        end = time.monotonic() + 30
        while True:
            status = host.status()
            takeover = status.get("last_takeover")
            if takeover and takeover["cas_nanos"] / 1e9 > since and status["verdict"] in ("UNPROTECTED", "SYNCING", "PROTECTED"):
                return status
            if time.monotonic() > end:
                raise Failed(f"{host.name} has not taken over after 30 s: {status.get('verdict')}")
            time.sleep(0.02)

    def split(self, number, kind, at, takeover, window):
        """Each stall cut at the ends of the stages; what lies before the fault counts as detection, what is left as first byte."""
        cas = takeover["cas_nanos"] / 1e9
        stages = {"detect": cas - at} | {name: ms / 1000 for name, ms in takeover["stages_millis"].items()}
        row = {"number": number + 1, "fault": kind, "connections": takeover["connections"], "resets": takeover["resets"]}
        row["stages_ms"] = {name: stages.get(name, 0.0) * 1000 for name in STAGES}
        row["bytes_before"], row["bytes_after"] = window["bytes_before"], window["bytes_after"]
        for reason, count in takeover["reset_reasons"].items():
            self.broken.append(f"{count} connections reset: {reason}")
        row["stalls"] = {}
        for workload in WORKLOADS:
            begin, end = window["window"][workload]
            parts, edge, reached = {}, at, begin
            for name in STAGES:
                edge += stages.get(name, 0.0)
                upto = min(max(edge, reached), end)
                parts[name] = (upto - reached) * 1000
                reached = upto
            parts[FIRST_BYTE] = (end - reached) * 1000
            row["stalls"][workload] = {"ms": (end - begin) * 1000, "parts_ms": parts}
            if end - begin >= BROKEN_AFTER:
                self.broken.append(f"takeover {number + 1}: {workload} hangs")
        return row

    def line(self, row):
        stalls = "  ".join(f"{name} {row['stalls'][name]['ms']:.0f}" for name in WORKLOADS)
        work = sum(row["stages_ms"][name] for name in STAGES[2:])
        return f"{row['number']:4}/{self.options.takeovers} {row['fault']:10} {stalls} ms, {row['connections']} connections in {work:.0f} ms"


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "p99": quantile(values, 0.99), "max": max(values)}


def summary(takeovers):
    out = {"stalls_ms": {}, "beyond_lease_ms": {}, "stages_ms": {}}
    for kind in ("all", *KINDS):
        rows = [row for row in takeovers if kind in ("all", row["fault"])]
        if not rows:
            continue
        out["stalls_ms"][kind] = {w: spread([row["stalls"][w]["ms"] for row in rows]) for w in WORKLOADS}
        late = STAGES[2:] + (FIRST_BYTE,)
        out["beyond_lease_ms"][kind] = {
            w: spread([sum(row["stalls"][w]["parts_ms"][part] for part in late) for row in rows]) for w in WORKLOADS
        }
        out["stages_ms"][kind] = {name: spread([row["stages_ms"][name] for row in rows]) for name in STAGES}
    moving = [row["bytes_after"] / row["bytes_before"] for row in takeovers if row["bytes_before"]]
    out["download_recovery_ratio"] = spread(moving) if moving else None
    out["restores_per_second"] = spread(
        [1000 * row["connections"] / max(0.001, row["stages_ms"]["restore"] + row["stages_ms"]["replay"]) for row in takeovers]
    )
    return out


def table(show, summarized):
    form = "{:12} {:8} {:>9} {:>9} {:>9} {:>9}"
    for title, key in (("stall, ms", "stalls_ms"), ("of it beyond detection and lease, ms", "beyond_lease_ms"), ("stage, ms", "stages_ms")):
        show.plain(form.format(title if len(title) < 13 else "", "fault", "min", "median", "p99", "max") + ("" if len(title) < 13 else "   " + title))
        for kind, rows in summarized[key].items():
            for name, values in rows.items():
                show.plain(form.format(name, kind, *(f"{values[part]:.1f}" for part in ("min", "median", "p99", "max"))))
    for key in ("restores_per_second", "download_recovery_ratio"):
        if summarized[key]:
            show.plain(f"{key.replace('_', ' ')}: " + ", ".join(f"{name} {value:,.2f}" for name, value in summarized[key].items()))


def parse():
    parser = argparse.ArgumentParser(prog="scripts/stalls", description="Measures what clients notice of takeovers.")
    parser.add_argument("--takeovers", type=int, default=200, metavar="N")
    parser.add_argument("--connections", type=int, default=20, metavar="N")
    parser.add_argument("--faults", default=",".join(FAULTS), metavar="KIND,...")
    parser.add_argument("--delay", type=float, default=0, metavar="MS")
    parser.add_argument("--rate", type=float, default=10, metavar="MB")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", default=os.path.join(ROOT, "target", "stalls"), metavar="DIR")
    options = parser.parse_args()
    options.faults = options.faults.split(",")
    if options.takeovers < 1 or options.connections < 1:
        parser.error("--takeovers and --connections: at least 1")
    if not set(options.faults) <= set(KINDS):
        parser.error(f"--faults: of {', '.join(KINDS)}")
    return options


def main():
    options = parse()
    show = Show(sys.stderr if options.json else sys.stdout)
    run, error = Run(options, show), None
    try:
        run.play()
    except Failed as failure:
        error = str(failure)
    except KeyboardInterrupt:
        sys.exit(130)
    settings = {"connections": options.connections, "rate_mb": options.rate, "delay_ms": options.delay, "faults": options.faults}
    result = {"settings": settings, "broken": run.broken, "error": error, "takeovers": run.takeovers}
    if run.takeovers:
        result["summary"] = summary(run.takeovers)
        os.makedirs(options.out, exist_ok=True)
        with open(os.path.join(options.out, "stalls.json"), "w") as file:
            json.dump(result, file, indent=1)
        with open(os.path.join(options.out, "stalls.svg"), "w") as file:
            file.write(draw(run.takeovers, settings, WORKLOADS, (*STAGES, FIRST_BYTE), list(dict.fromkeys(options.faults)), quantile))
        table(show, result["summary"])
        show.plain(f"{len(run.takeovers)} takeovers; {options.out}/stalls.json and stalls.svg written")
    for reason in run.broken[:20]:
        show.plain(f"BROKEN {reason}")
    if error:
        show.plain(f"FAILED {error}")
    if options.json:
        print(json.dumps(result, indent=1))
    sys.exit(1 if error or run.broken else 0)


main()
