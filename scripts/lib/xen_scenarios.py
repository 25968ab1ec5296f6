"""Faults of a protected pair on real Xen, with a download, an upload and requests in flight. Run by scripts/xen-lab scenarios.

usage: xen_scenarios.py [NAME...]
"""

import contextlib
import os
import subprocess
import sys
import time

import xen_faults
from xen_lab import ASK, CONTENT, GUESTS, ROOT, Failed, Load, ask, exists, other, run, say, status, until, verdict, xen_lab

KIB = 1 << 10
FORWARD = 256 * KIB  # so far both transfers come before a fault, and after it
# Bytes a second of each transfer: one of 16 MiB is still under way after a fault, and slower, after the boot of a guest.
RATE, SLOW = 128 * KIB, 32 * KIB
PROTECTED_SECONDS, TAKEOVER_SECONDS, FINISH_SECONDS = 300, 120, 240
OWNER = ("PROTECTED", "SYNCING", "UNPROTECTED")


def owner():
    """The guest that has the address."""
    return next((guest for guest in GUESTS if exists(guest) and verdict(guest) in OWNER), None)


def wait_for(guest, wanted, seconds):
    def there():
        return verdict(guest) in wanted

    until(there, seconds, f"{guest} to be {' or '.join(wanted)}")


def recreate(guest):
    """A lost guest comes back as a new domain with an empty disk, and gets ftcp as a new host would."""
    xen_lab("create", guest)
    xen_lab("install", guest)


def protected_pair():
    """The owner of a pair that survives a fault."""
    for guest in GUESTS:
        if not exists(guest):
            recreate(guest)
    now = until(owner, PROTECTED_SECONDS, "an owner of the service address")
    wait_for(now, ("PROTECTED",), PROTECTED_SECONDS)
    wait_for(other(now), ("STANDBY",), PROTECTED_SECONDS)
    say(f"{now} is PROTECTED, {other(now)} is its STANDBY")
    return now


def forward(load, what, seconds):
    """Waits until every client has come further than it is now."""
    since = dict(load.latest)
    until(lambda: load.moved(since, FORWARD), seconds, f"every client to go on {what}")


def keep_logs(name):
    """What the daemons and the consoles have said until now, for a scenario that failed."""
    directory = os.path.join(ROOT, "target", "xen-lab", "logs", name)
    os.makedirs(directory, exist_ok=True)
    for guest in GUESTS:
        for host, kind, command in (
            (guest, "ftcpd", f"journalctl --no-pager -o short-precise -u ftcpd@web; {ASK % 'status'}"),
            ("dom0", "console", f"cat /var/log/xen/console/guest-{guest}.log"),
        ):
            with open(os.path.join(directory, f"{guest}-{kind}.log"), "w", encoding="utf-8") as file, contextlib.suppress(Failed):
                file.write(run(host, command, check=False))
    return directory


class Scenario:
    """One fault, or what a fault needs afterwards, and whether the clients noticed more than a pause."""

    def __init__(self, name, text, act, protected=True, rate=RATE):
        self.name, self.text, self.act, self.protected, self.rate = name, text, act, protected, rate
        self.passed, self.line = False, ""

    def play(self):
        print(f"{self.name}: {self.text}", flush=True)
        begin = time.monotonic()
        try:
            evidence = self.under_load()
            self.passed = True
        except (Failed, OSError, subprocess.TimeoutExpired) as failure:
            evidence = str(failure)
            say(f"logs: {keep_logs(self.name)}")
        self.line = f"{'PASS' if self.passed else 'FAIL'} {self.name:10} {evidence} ({time.monotonic() - begin:.0f} s)"
        print(self.line, flush=True)

    def under_load(self):
        now = protected_pair() if self.protected else until(owner, TAKEOVER_SECONDS, "an owner of the service address")
        load = Load(self.name, self.rate)
        try:
            forward(load, "before the fault", TAKEOVER_SECONDS)
            say("download, upload and requests are in flight")
            said = self.act(now, load)
            result = load.finish(FINISH_SECONDS)
        finally:
            load.stop()
        there = until(owner, TAKEOVER_SECONDS, "an owner of the service address")
        wanted = run("dom0", f"sha256sum <{CONTENT}").split()[0]
        got = run(there, f"sha256sum </srv/upload/{self.name}").split()[0]
        if got != wanted:
            raise Failed(f"the upload on {there} differs: SHA-256 {got}, expected {wanted}")
        return (
            f"{said}; byte-exact: download (longest silence {result['download_silence']:.1f} s), upload "
            f"({result['upload_silence']:.1f} s), {result['requests']} requests (slowest {result['slowest_request']:.1f} s)"
        )


def takeover(load, survivor):
    """Waits until SURVIVOR owns the address and serves everybody; says why and when it took over."""
    wait_for(survivor, OWNER, TAKEOVER_SECONDS)
    say(f"{survivor} has taken over")
    forward(load, "after the fault", TAKEOVER_SECONDS)
    report = status(survivor).get("last_takeover") or {}
    if report.get("resets"):
        raise Failed(f"{survivor} has reset {report['resets']} connections: {report.get('reset_reasons')}")
    return f"{survivor} took over ({report.get('cause', 'it does not say why')})"


def switchover(now, load):
    for guest in (now, other(now)):
        answer = ask(guest, "switchover")
        if not answer.get("ok"):
            raise Failed(f"{guest} refused the switchover: {answer.get('error', 'no answer')}")
        wait_for(other(guest), ("PROTECTED",), PROTECTED_SECONDS)
        say(f"{guest} has handed over to {other(guest)}, which is PROTECTED")
        forward(load, "after the switchover", TAKEOVER_SECONDS)
    return "there and back, PROTECTED each time"


def daemon(now, load):
    xen_faults.kill_daemon(now)
    said = takeover(load, other(now))
    wait_for(other(now), ("PROTECTED",), PROTECTED_SECONDS)
    return f"{said}; systemd restarted the old one, which joined"


def pause(now, load):
    with xen_faults.Listening(now) as listening:
        until(listening.frames, 30, f"the first frame of {now} to be seen")
        xen_faults.pause(now)
        said = takeover(load, other(now))
        before = listening.frames()
        xen_faults.unpause(now)
        wait_for(other(now), ("PROTECTED",), PROTECTED_SECONDS)
        frames = listening.frames() - before
    if frames:
        raise Failed(f"{now} sent {frames} frames from the service address after it was resumed")
    return f"{said}; the old one, resumed, sent nothing from the address and joined"


def panic(now, load):
    xen_faults.panic(now)
    return takeover(load, other(now))


def destroy(now, load):
    xen_faults.destroy(now)
    return takeover(load, other(now))


def rejoin(now, load):
    lost = other(now)
    begin = time.monotonic()
    recreate(lost)
    wait_for(now, ("PROTECTED",), PROTECTED_SECONDS)
    wait_for(lost, ("STANDBY",), PROTECTED_SECONDS)
    return f"{lost} created anew is STANDBY after {time.monotonic() - begin:.0f} s, {now} is PROTECTED"


SCENARIOS = (
    Scenario("switchover", "planned, and back", switchover),
    Scenario("daemon", "kill -9 of the owner's daemon", daemon),
    Scenario("pause", "xl pause of the owner, and xl unpause", pause),
    Scenario("panic", "kernel panic of the owner", panic),
    Scenario("rejoin", "the lost guest is created anew and joins under load", rejoin, protected=False, rate=SLOW),
    Scenario("destroy", "xl destroy of the owner", destroy),
)


def main():
    names = sys.argv[1:] or [one.name for one in SCENARIOS]
    unknown = set(names) - {one.name for one in SCENARIOS}
    if unknown:
        raise SystemExit(f"no such scenario: {' '.join(unknown)}; there are {' '.join(one.name for one in SCENARIOS)}")
    begin = time.monotonic()
    played = [one for one in SCENARIOS if one.name in names]
    for one in played:
        one.play()
    passed = sum(one.passed for one in played)
    print("\n" + "\n".join(one.line for one in played))
    print(f"{passed} passed, {len(played) - passed} failed ({time.monotonic() - begin:.0f} s)", flush=True)
    sys.exit(passed != len(played))


main()
