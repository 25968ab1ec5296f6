"""The lab from Python: scripts/lab, and programs that run in it and report JSON lines."""

import json
import os
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIB = os.path.join(ROOT, "scripts", "lib")
WWW = os.path.join(ROOT, "target", "lab", "www")
CONFIGS = os.path.join(ROOT, "configs", "lab")
VIP, VIP6 = "10.77.0.100", "fd77::100"


class Failed(Exception):
    """Something did not go as it must; the text is for the user."""


DEGRADED = 5  # ftcpctl's exit status for a state that is not a good one, though the answer is complete


def lab(*arguments, timeout=120, accepted=(0,)):
    """Runs `scripts/lab ARGUMENTS`, gives its stdout."""
    command = [os.path.join(ROOT, "scripts", "lab"), *map(str, arguments)]
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"lab {' '.join(command[1:])}: not done after {timeout} s") from None
    if result.returncode not in accepted:
        reason = (result.stderr or result.stdout).strip()
        raise Failed(f"lab {' '.join(command[1:])} ended with status {result.returncode}\n  {reason}")
    return result.stdout


def start_nginx(host):
    lab("start", host, "nginx", "--", "nginx", "-c", os.path.join(CONFIGS, "nginx.conf"))
    deadline = time.monotonic() + 10
    while True:
        try:
            return lab("run", host, "--", "curl", "-sf", "-o", "/dev/null", "http://127.0.0.1/hello")
        except Failed:
            if time.monotonic() > deadline:
                raise Failed(f"nginx on {host} does not answer\n  {lab('log', host, 'nginx')}") from None
            time.sleep(0.05)


def status(host):
    return json.loads(lab("ctl", host, "status", "--json", accepted=(0, DEGRADED)))


class Program:
    """A Python program of this directory in a lab host; `latest` is its newest report, `final` the one with "done"."""

    def __init__(self, host, script, *arguments, on_report=None):
        self.name = script.removesuffix(".py")
        self.latest = {}
        self.final = None
        self.on_report = on_report
        command = [os.path.join(ROOT, "scripts", "lab"), "run", host, "--", sys.executable]
        self.process = subprocess.Popen(
            [*command, os.path.join(LIB, script), *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.errors = []
        self.threads = [threading.Thread(target=self.read), threading.Thread(target=self.read_errors)]
        for thread in self.threads:
            thread.daemon = True
            thread.start()

    def read(self):
        for line in self.process.stdout:
            report = json.loads(line)
            if report.get("done"):
                self.final = report
            self.latest = report
            if self.on_report:
                self.on_report(report)

    def read_errors(self):
        self.errors.extend(self.process.stderr)

    def stop(self):
        """Closes its stdin, on which it ends in order. A signal would end nsenter only, and orphan the program."""
        self.process.stdin.close()

    def ended(self):
        return self.process.poll() is not None

    def result(self):
        """The final report, once the program has ended."""
        self.process.wait()
        for thread in self.threads:
            thread.join()
        if self.final is None:
            raise Failed(f"{self.name} ended with status {self.process.returncode} and no result\n  {''.join(self.errors).strip()}")
        return self.final
