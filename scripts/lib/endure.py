"""One TCP connection, with traffic in both directions, through any number of faults and switchovers.

usage: endure.py [--rounds N] [--faults KIND,...] [--rate KB] [--json]   (scripts/endure sets up what it needs)
"""

import argparse
import json
import os
import statistics
import sys
import time

from lab import CONFIGS, LIB, VIP, Failed, Program, lab
from show import Show
from stall_hosts import KINDS, Host

CONFIG = os.path.join(CONFIGS, "duplex.toml")
PORT = 7000
SETTLED_SECONDS = 120
MOVED_SECONDS = 60


def start_service(host):
    lab("start", host, "duplex", "--", sys.executable, os.path.join(LIB, "duplex.py"), "serve", PORT)
    deadline = time.monotonic() + 10
    while not lab("run", host, "--", "ss", "-tlnH"):
        if time.monotonic() > deadline:
            raise Failed(f"the service on {host} does not listen\n  {lab('log', host, 'duplex')}")
        time.sleep(0.05)


class Run:
    def __init__(self, options, show):
        self.options, self.show = options, show
        self.owner, self.other = (Host(name, CONFIG, start_service) for name in ("a", "b"))
        self.rounds, self.slowest = [], 0.0

    def heard(self, report):
        self.slowest = max(self.slowest, report.get("slowest_ms", 0), report.get("waiting_ms", 0))

    def play(self):
        lab("up")
        self.owner.boot()
        self.owner.await_verdict("UNPROTECTED")
        self.other.boot()
        self.owner.await_verdict("PROTECTED")
        client = Program("client", "duplex.py", "client", VIP, PORT, 1000 * self.options.rate, on_report=self.heard)
        try:
            for number in range(self.options.rounds):
                self.moved(client, 2)
                self.one(number, self.options.faults[number % len(self.options.faults)], client)
        finally:
            client.stop()
        return client.result()

    def moved(self, client, blocks):
        """Waits until so many blocks more were answered."""
        wanted = client.latest.get("checked", 0) + blocks * 4096
        end = time.monotonic() + MOVED_SECONDS
        while client.latest.get("checked", 0) < wanted:
            if client.ended():
                raise Failed(f"the connection ended: {client.result()['broken']}")
            if time.monotonic() > end:
                raise Failed(f"no more than {client.latest} after {MOVED_SECONDS} s")
            time.sleep(0.01)

    def settle(self):
        """Waits until the pair is whole. A busy machine may have moved the service once more by itself: that is a round of its own."""
        end = time.monotonic() + SETTLED_SECONDS
        while time.monotonic() < end:
            for owner, other in ((self.other, self.owner), (self.owner, self.other)):
                if owner.status().get("verdict") == "PROTECTED" and other.status().get("verdict") == "STANDBY":
                    self.owner, self.other = owner, other
                    return
            time.sleep(0.02)
        raise Failed(f"the pair is not whole after {SETTLED_SECONDS} s: {self.owner.status()}, {self.other.status()}")

    def one(self, number, kind, client):
        self.slowest = 0.0
        epoch = self.owner.status().get("epoch", 0)
        self.owner.fail(kind)
        status = self.other.await_verdict("UNPROTECTED", "SYNCING", "PROTECTED")
        if status["epoch"] <= epoch or status["last_takeover"]["connections"] != 1:
            raise Failed(f"round {number + 1}, {kind}: not continued: {status['last_takeover']}")
        self.moved(client, 2)
        self.rounds.append({"kind": kind, "stall_ms": self.slowest})
        self.owner.repair(kind)
        self.settle()
        report = client.latest
        self.show.progress(
            f"{number + 1:5}/{self.options.rounds} {kind:10} stall {self.slowest:5.0f} ms  "
            f"{report['sent'] / 1e6:.1f} MB sent, {report['checked'] / 1e6:.1f} MB received and checked, epoch {status['epoch']}"
        )


def summary(rounds):
    out = {}
    for kind in dict.fromkeys(row["kind"] for row in rounds):
        stalls = [row["stall_ms"] for row in rounds if row["kind"] == kind]
        out[kind] = {"rounds": len(stalls), "min": min(stalls), "median": statistics.median(stalls), "max": max(stalls)}
    return out


def parse():
    parser = argparse.ArgumentParser(prog="scripts/endure", description="One connection through many faults and switchovers.")
    parser.add_argument("--rounds", type=int, default=1000, metavar="N")
    parser.add_argument("--faults", default="switchover,daemon,switchover,crash,switchover,freeze", metavar="KIND,...")
    parser.add_argument("--rate", type=float, default=40, metavar="KB")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.faults = options.faults.split(",")
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if not set(options.faults) <= set(KINDS):
        parser.error(f"--faults: of {', '.join(KINDS)}")
    return options


def main():
    options = parse()
    show = Show(sys.stderr if options.json else sys.stdout)
    run, final, error = Run(options, show), {}, ""
    try:
        final = run.play()
        error = final["broken"]
    except Failed as failure:
        error = str(failure)
    except KeyboardInterrupt:
        sys.exit(130)
    result = {"rounds": len(run.rounds), "error": error, "connection": final, "stall_ms": summary(run.rounds)}
    for kind, row in result["stall_ms"].items():
        show.plain(f"{kind:10} {row['rounds']:5} rounds, stall min {row['min']:.0f}, median {row['median']:.0f}, max {row['max']:.0f} ms")
    if error:
        show.plain(f"FAILED {error}")
    else:
        show.plain(f"{len(run.rounds)} rounds on one connection: {final['sent']:,} bytes sent, {final['checked']:,} received, all of them right")
    if options.json:
        print(json.dumps(result, indent=1))
    sys.exit(1 if error else 0)


main()
