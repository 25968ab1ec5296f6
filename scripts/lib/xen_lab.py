"""The Xen lab from Python: commands in its hosts, its daemons, and the load of a scenario."""

import json
import os
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SSH = ["ssh", "-F", "/run/ftcp-xen-lab/ssh_config"]
UNREACHABLE = 255  # ssh's own status
GUESTS = ("service", "standby")
VIP = "10.77.0.100"
CONTENT = "/srv/www/16m.bin"
# What ftcpctl would send; the start of a JVM beside a busy daemon takes minutes on an emulated processor.
ASK = """printf '{"command":"%s"}\\n' | timeout 20 nc -N -U /run/ftcp/web.sock"""


class Failed(Exception):
    """Something did not go as it must; the text is for the user."""


def say(text):
    print(f"  {time.strftime('%H:%M:%S')} {text}", flush=True)


def other(guest):
    return GUESTS[1 - GUESTS.index(guest)]


def once(host, command, timeout):
    try:
        return subprocess.run([*SSH, host, command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"{host}: not done after {timeout} s: {command}") from None


def run(host, command, timeout=120, check=True):
    """Runs a shell command in a host, gives its stdout."""
    result = once(host, command, timeout)
    if result.returncode == UNREACHABLE:
        # On a busy machine the connection that is kept open gets lost, or a new one takes too long.
        result = once(host, command, timeout)
    if check and result.returncode:
        raise Failed(f"{host}: status {result.returncode} of: {command}\n    {(result.stderr or result.stdout).strip()}")
    return result.stdout


def xen_lab(*arguments, timeout=600):
    """Runs scripts/xen-lab; what it has to say goes where ours goes."""
    command = [os.path.join(ROOT, "scripts", "xen-lab"), *arguments]
    if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stdout, stderr=subprocess.STDOUT, timeout=timeout).returncode:
        raise Failed(f"xen-lab {' '.join(arguments)} failed, see above")


def until(condition, seconds, what):
    """The first true value of condition(), asked for every half second."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s for {what}")
        time.sleep(0.5)


def exists(guest):
    return subprocess.run([*SSH, "dom0", f"xl domid {guest}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode == 0


def ask(guest, command):
    """The answer of ftcpd there, which is empty while there is none."""
    try:
        return json.loads(run(guest, ASK % command, timeout=30, check=False))
    except (Failed, ValueError):
        return {}


def status(guest):
    return ask(guest, "status").get("result") or {}


def verdict(guest):
    return status(guest).get("verdict", "no answer")


class Load:
    """xen_load.py in dom0: `latest` is its newest report."""

    def __init__(self, upload, rate):
        self.latest, self.reason = {}, ""
        command = f"exec python3 /opt/ftcp/scripts/lib/xen_load.py {VIP} {CONTENT} upload/{upload} {rate}"
        self.process = subprocess.Popen(
            [*SSH, "dom0", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for target in (self.read, self.read_errors):
            threading.Thread(target=target, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.latest = json.loads(line)

    def read_errors(self):
        self.reason = "".join(self.process.stderr).strip()

    def get(self, name):
        return self.latest.get(name, 0)

    def check(self):
        if self.get("broken"):
            raise Failed("broken: " + "; ".join(self.latest["broken"]))
        if self.process.poll() is not None and not self.get("done"):
            raise Failed(f"the clients ended: {self.reason}")

    def moved(self, since, amount):
        """Whether both transfers have come further by AMOUNT, and each other client has had an answer."""
        self.check()
        return (
            all(self.get(one) - since.get(one, 0) >= amount for one in ("download", "upload"))
            and self.get("least_requests") - since.get("least_requests", 0) >= 2
        )

    def finish(self, seconds):
        """Lifts the limit of speed, and gives the last report."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

        def ended():
            self.check()
            return self.get("done")

        until(ended, seconds, "the end of the transfers")
        return self.latest

    def stop(self):
        self.process.kill()
        self.process.wait()
