"""The benchmark: the same nginx on the same host, protected by ftcp and not, in alternation.

Protected is the virtual address, unprotected the host's own address and another port of the same nginx: both cross the same
interface and bridge. CPU is all busy time of the machine (clients, both hosts, both daemons, kernel), per unit of work.

usage: bench.py [--rounds N] [--seconds S] [--json] [--noise]   (scripts/bench sets up what it needs)
"""

import argparse
import json
import os
import re
import statistics
import sys
import time

import announce
from lab import CONFIGS, VIP, WWW, Failed, lab, start_nginx

OWN = "10.77.0.11:8081"
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


def compare(workload, rounds, note):
    pairs = []
    for number in range(rounds):
        note(f"{workload.name}: round {number + 1} of {rounds}")
        # Each goes first every other time, so that a drift of the machine favours neither.
        order = [("protected", VIP), ("unprotected", OWN)]
        pair = {name: measure(workload, address) for name, address in (order if number % 2 else reversed(order))}
        pairs.append(pair)
    return {
        "workload": workload.name,
        "unit": workload.unit,
        "unprotected_rate": statistics.median(pair["unprotected"]["rate"] for pair in pairs),
        "protected_rate": statistics.median(pair["protected"]["rate"] for pair in pairs),
        "throughput_ratio": spread([pair["protected"]["rate"] / pair["unprotected"]["rate"] for pair in pairs]),
        "cpu_ratio": spread([pair["protected"]["cpu"] / pair["unprotected"]["cpu"] for pair in pairs]),
        "rounds": pairs,
    }


def boot(protected):
    lab("up")
    start_nginx("a")
    if not protected:
        announce.take("a")
        return
    lab("ftcpd", "a", CONFIG)
    lab("wait", "a", "UNPROTECTED", PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)
    start_nginx("b")
    lab("ftcpd", "b", CONFIG)
    still_protected()


def still_protected():
    lab("wait", "a", "PROTECTED", PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)
    lab("wait", "b", "STANDBY", PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)


def table(results):
    form = "{:20} {:>14} {:>14}   {:24} {:24}"
    print(form.format("", "unprotected", "protected", "throughput ratio", "CPU ratio per unit of work"))
    for result in results:
        unit = "req/s" if result["unit"] == "requests" else "MB/s"
        rates = [f"{result[kind]:,.0f} {unit}" for kind in ("unprotected_rate", "protected_rate")]
        ratios = ["{median:.2f} ({min:.2f}-{max:.2f})".format(**result[kind]) for kind in ("throughput_ratio", "cpu_ratio")]
        print(form.format(result["workload"], *rates, *ratios))
    print("median of the rounds' ratios (min-max)")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Compares nginx protected by ftcp with nginx alone, in one run.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="pairs of measurements per workload (default 5)")
    parser.add_argument("--seconds", type=int, default=3, metavar="S", help="length of one wrk measurement (default 3)")
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    parser.add_argument("--noise", action="store_true", help="no ftcp on either side: what the ratios are worth on this machine")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds: at least 1")

    def note(text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    try:
        boot(not options.noise)
        list_of = workloads(options.seconds)
        note("warming up")
        # The daemon's code is compiled by what it does: until its speed is steady, the measurement would be of the compiler.
        for workload in list_of:
            end = time.monotonic() + (1 if options.noise else 2 * options.seconds)
            while time.monotonic() < end:
                workload.run(VIP)
            workload.run(OWN)
        results = [compare(workload, options.rounds, note) for workload in list_of]
        if not options.noise:
            still_protected()
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
