"""What the meters of the demo have in common: JSON lines on stdout, a child that never outlives its meter."""

import json
import signal
import subprocess
import sys
import time


def emit(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


class Gaps:
    """The longest time without progress; all times are CLOCK_MONOTONIC, which the lab's hosts share."""

    def __init__(self):
        self.amount = 0
        self.last = None
        self.longest = 0.0
        self.longest_at = 0.0
        self.longest_amount = 0

    def progress(self, amount, now):
        if self.last is not None and now - self.last > self.longest:
            self.longest, self.longest_at, self.longest_amount = now - self.last, self.last, self.amount
        self.amount, self.last = amount, now

    def waiting(self, now):
        return 0.0 if self.last is None else now - self.last

    def fields(self):
        return {
            "bytes": self.amount,
            "stall_ms": round(self.longest * 1000, 1),
            "stall_at": self.longest_at,
            "stall_after_bytes": self.longest_amount,
        }


class Reporter:
    """Progress lines at most every 50 ms."""

    INTERVAL = 0.05

    def __init__(self):
        self.next = 0.0

    def report(self, gaps, now):
        if now >= self.next:
            self.next = now + self.INTERVAL
            emit(bytes=gaps.amount, waiting_ms=round(gaps.waiting(now) * 1000, 1))


def with_curl(arguments, measure):
    """Runs curl, gives the process to measure, and returns (exit status, stderr, what measure returned)."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # A transfer that stays silent for 15 s is lost: no use in waiting for TCP to give up.
    command = ["curl", "--silent", "--show-error", "--fail", "--globoff", "--speed-limit", "1", "--speed-time", "15", *arguments]
    curl = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        result = measure(curl)
        error = curl.stderr.read().decode(errors="replace").strip()
        return curl.wait(), error, result
    finally:
        curl.kill()


def now():
    return time.monotonic()
