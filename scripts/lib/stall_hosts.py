"""The hosts of a lab as scripts/stalls uses them: faults with their times, repairs, and status without a JVM per question."""

import json
import os
import signal
import socket
import subprocess
import time

from lab import CONFIGS, Failed, lab, start_nginx

STATE = f"/run/ftcp-lab/{os.environ.get('FTCP_LAB', 'lab')}"
NET = f"ftcp-{os.environ.get('FTCP_LAB', 'lab')}-net"
CONFIG = os.path.join(CONFIGS, "web.toml")
FAULTS = ("daemon", "crash", "freeze")
KINDS = (*FAULTS, "switchover")
PROTECTED_SECONDS = 60
SWITCHABLE_SECONDS = 10


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Host:
    """A host with its service, which `start` starts, and its daemon."""

    def __init__(self, name, config=CONFIG, start=start_nginx):
        self.name, self.config, self.start = name, config, start

    def boot(self):
        self.start(self.name)
        lab("ftcpd", self.name, self.config)

    def init(self):
        with open(f"{STATE}/{self.name}/init") as file:
            return int(file.read())

    def pids(self):
        """All processes of its pid namespace but the init, the daemon first."""
        init = self.init()
        space = os.readlink(f"/proc/{init}/ns/pid")
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == init:
                continue
            try:
                if os.readlink(f"/proc/{name}/ns/pid") == space:
                    with open(f"/proc/{name}/comm") as file:
                        found.append((file.read().strip() != "java", int(name)))
            except OSError:
                continue
        return [pid for _, pid in sorted(found)]

    def daemon(self):
        with open(f"{STATE}/{self.name}/ftcpd.pid") as file:
            inner = file.read().strip()
        for pid in self.pids():
            with open(f"/proc/{pid}/status") as file:
                if any(line.startswith("NSpid:") and line.split()[-1] == inner for line in file):
                    return pid
        raise Failed(f"no daemon on {self.name}")

    def ask(self, command):
        """Asked on the control socket itself: a JVM per question would disturb what is measured."""
        try:
            with socket.socket(socket.AF_UNIX) as control:
                control.settimeout(4)
                control.connect(f"/proc/{self.init()}/root/run/ftcp/web.sock")
                control.sendall(json.dumps({"command": command}).encode() + b"\n")
                with control.makefile() as answer:
                    return json.loads(answer.readline())
        except (OSError, ValueError) as error:
            return {"error": str(error)}

    def status(self):
        return self.ask("status").get("result", {})

    def switch_over(self):
        """Begins it, as soon as the standby has said that its service answers; returns when."""
        end = time.monotonic() + SWITCHABLE_SECONDS
        while True:
            at = now()
            answer = self.ask("switchover")
            if "result" in answer:
                return at
            if time.monotonic() > end:
                raise Failed(f"switchover of {self.name}: {answer.get('error')}")
            time.sleep(0.05)

    def await_verdict(self, *wanted, seconds=PROTECTED_SECONDS):
        end = time.monotonic() + seconds
        while True:
            status = self.status()
            if status.get("verdict") in wanted:
                return status
            if time.monotonic() > end:
                raise Failed(f"{self.name} is not {' or '.join(wanted)} after {seconds} s: {status.get('verdict', 'no answer')}")
            time.sleep(0.05)

    def fail(self, kind):
        """Makes the fault, or the switchover; returns its time."""
        if kind == "switchover":
            return self.switch_over()
        if kind == "daemon":
            pid = self.daemon()
            at = now()
            os.kill(pid, signal.SIGKILL)
            return at
        if kind == "freeze":
            pids = self.pids()
            at = now()
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            return at
        init = self.init()
        subprocess.run(["ip", "-n", NET, "link", "set", f"port-{self.name}", "down"], check=True)
        at = now()
        os.kill(init, signal.SIGKILL)
        return at

    def repair(self, kind):
        if kind == "freeze":
            for pid in self.pids():
                os.kill(pid, signal.SIGCONT)
        elif kind == "daemon":
            lab("ftcpd", self.name, self.config)
        elif kind == "crash":
            lab("reboot", self.name)
            self.boot()
