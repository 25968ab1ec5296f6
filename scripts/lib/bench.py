"""The benchmark: the same nginx on the same host, protected by ftcp and not, in alternation.

Protected is the virtual address, unprotected the host's own address and another port of the same nginx: both cross the same
interface and bridge. CPU is all busy time of the machine (clients, both hosts, both daemons, kernel), per unit of work.
With --strict the same nginx is also a second service, whose output waits until it is committed.

usage: bench.py [--rounds N] [--seconds S] [--strict] [--json] [--noise]   (scripts/bench sets up what it needs)
"""

import argparse
import json
import os
import re
import statistics
import sys
import time

import announce
from lab import CONFIGS, ROOT, VIP, WWW, Failed, lab, start_nginx

OWN = "10.77.0.11:8081"
STRICT_VIP = "10.77.0.110"
STRICT = "strict"
CONFIG = os.path.join(CONFIGS, "web.toml")
PROTECTED_SECONDS = 60
TRANSFERS = 3
TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """CPU time of the machine that was neither idle nor stolen, from /proc/stat (proc(5))."""
    with open("/proc/stat") as file:
        user, nice, system, _idle, _iowait, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


class Wrk:
    unit = "requests"

    def __init__(self, path, seconds):
        self.name = f"wrk -c 32 {path}"
        self.path = path
        self.seconds = seconds

    def run(self, address):
        """(amount of work, seconds)"""
        output = lab("run", "client", "--", "wrk", "-t", 1, "-c", 32, "-d", f"{self.seconds}s", f"http://{address}{self.path}")
        if "Socket errors" in output or "Non-2xx" in output:
            raise Failed(f"{self.name} on {address} saw errors\n{output}")
        done = re.search(r"(\d+) requests in", output)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
        return int(done.group(1)), int(done.group(1)) / float(rate.group(1))


class Curl:
    """Several transfers over one connection."""

    unit = "MB"

    def __init__(self, name, transfers):
        self.name = name
        self.transfers = transfers

    def run(self, address):
        arguments = []
        for number in range(TRANSFERS):
            arguments += ["-o", "/dev/null", *self.transfers(address, number)]
        output = lab("run", "client", "--", "curl", "-sSf", "-w", "%{size_upload} %{size_download} %{time_total}\n", *arguments)
        rows = [[float(value) for value in line.split()] for line in output.splitlines()]
        return sum(max(up, down) for up, down, _ in rows) / 1e6, sum(row[2] for row in rows)


def workloads(seconds):
    return [
        Wrk("/hello", seconds),
        Wrk("/1k.bin", seconds),
        Wrk("/16k.bin", seconds),
        Curl("download 500 MB", lambda address, _: [f"http://{address}/500m.bin"]),
        Curl("upload 200 MB", lambda address, n: ["-T", f"{WWW}/200m.bin", f"http://{address}/upload/bench{n}.bin"]),
    ]


def measure(workload, address):
    before = busy_seconds()
    amount, seconds = workload.run(address)
    return {"rate": amount / seconds, "cpu": (busy_seconds() - before) / amount}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def compare(workload, kinds, rounds, note):
    """kinds: address by name; the others are compared with "unprotected"."""
    measured = []
    for number in range(rounds):
        note(f"{workload.name}: round {number + 1} of {rounds}")
        # Each goes first in turn, so that a drift of the machine favours none.
        names = list(kinds)
        first = number % len(names)
        measured.append({name: measure(workload, kinds[name]) for name in names[first:] + names[:first]})
    return {
        "workload": workload.name,
        "unit": workload.unit,
        "rate": {name: statistics.median(r[name]["rate"] for r in measured) for name in kinds},
        "throughput_ratio": ratios(measured, kinds, "rate"),
        "cpu_ratio": ratios(measured, kinds, "cpu"),
        "rounds": measured,
    }


def ratios(measured, kinds, what):
    return {name: spread([r[name][what] / r["unprotected"][what] for r in measured]) for name in kinds if name != "unprotected"}


def strict_config():
    """The same nginx as a second service, which is strict."""
    text = open(CONFIG).read()
    for key, value in (
        ("name", f'"{STRICT}"'), ("listen", f'["{STRICT_VIP}:80"]'), ("backend", '"127.0.0.1:80"'),
        ("output", '"strict"'), ("socket", f'"/run/ftcp/{STRICT}.sock"'),
    ):  # fmt: skip
        text, found = re.subn(f"(?m)^{key} = .*$", f"{key} = {value}", text)
        if found != 1:
            raise Failed(f"{CONFIG} has {found} lines with '{key}', not one")
    path = os.path.join(ROOT, "target", "bench-strict.toml")
    with open(path, "w") as file:
        file.write(text)
    return path


def boot(protected, strict):
    lab("up")
    start_nginx("a")
    if not protected:
        announce.take("a")
        return
    start_nginx("b")
    for name, config in [("", CONFIG)] + ([(f":{STRICT}", strict_config())] if strict else []):
        lab("ftcpd", f"a{name}", config)
        await_state(f"a{name}", "UNPROTECTED")
        lab("ftcpd", f"b{name}", config)
        still_protected(name)


def await_state(daemon, state):
    lab("wait", daemon, state, PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)


def still_protected(name=""):
    await_state(f"a{name}", "PROTECTED")
    await_state(f"b{name}", "STANDBY")


def table(results):
    form = "{:18} {:12} {:>14}   {:24} {:24}"
    print(form.format("", "", "rate", "throughput ratio", "CPU ratio per unit of work"))
    for result in results:
        unit = "req/s" if result["unit"] == "requests" else "MB/s"
        for name, rate in result["rate"].items():
            both = ["{median:.2f} ({min:.2f}-{max:.2f})".format(**result[kind][name]) if name in result[kind] else "1"
                    for kind in ("throughput_ratio", "cpu_ratio")]  # fmt: skip
            print(form.format(result["workload"] if name == "unprotected" else "", name, f"{rate:,.0f} {unit}", *both))
    print("ratios to unprotected: median of the rounds' (min-max)")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Compares nginx protected by ftcp with nginx alone, in one run.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="pairs of measurements per workload (default 5)")
    parser.add_argument("--seconds", type=int, default=3, metavar="S", help="length of one wrk measurement (default 3)")
    parser.add_argument("--strict", action="store_true", help='also a service with output = "strict"')
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    parser.add_argument("--noise", action="store_true", help="no ftcp on either side: what the ratios are worth on this machine")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds: at least 1")
    if options.strict and options.noise:
        parser.error("--noise: without ftcp nothing is strict")
    kinds = {"unprotected": OWN, "follow" if not options.noise else "again": VIP}
    if options.strict:
        kinds[STRICT] = STRICT_VIP

    def note(text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    try:
        boot(not options.noise, options.strict)
        list_of = workloads(options.seconds)
        note("warming up")
        # The daemon's code is compiled by what it does: until its speed is steady, the measurement would be of the compiler.
        for workload in list_of:
            for name, address in kinds.items():
                end = time.monotonic() + (1 if options.noise or name == "unprotected" else 2 * options.seconds)
                while time.monotonic() < end:
                    workload.run(address)
        results = [compare(workload, kinds, options.rounds, note) for workload in list_of]
        if not options.noise:
            still_protected()
        if options.strict:
            still_protected(f":{STRICT}")
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    if options.json:
        print(json.dumps({"noise": options.noise, "results": results}, indent=2))
    else:
        table(results)


main()
