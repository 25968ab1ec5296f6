"""What can befall a guest of the Xen lab, and proof that it did."""

import re
import subprocess

from xen_lab import SSH, VIP, exists, run, say, until

GONE_SECONDS = 60
LAST = {"service": 11, "standby": 12}


def gone(guest):
    until(lambda: not exists(guest), GONE_SECONDS, f"the domain {guest} to end")


def panic(guest):
    # Its answer never comes.
    command = subprocess.Popen([*SSH, guest, "echo c >/proc/sysrq-trigger"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        gone(guest)
    finally:
        command.kill()
        command.wait()
    log = run("dom0", f"grep -a 'Kernel panic' /var/log/xen/console/guest-{guest}.log | tail -n 1")
    say(f"{guest}: {log.strip() or 'no panic on its console'}")


def destroy(guest):
    run("dom0", f"xl destroy {guest}")
    gone(guest)
    say(f"{guest} is destroyed")


def kill_daemon(guest):
    run(guest, "systemctl kill --signal=KILL --kill-whom=main ftcpd@web")
    say(f"kill -9 of ftcpd on {guest}")


def pause(guest):
    run("dom0", f"xl pause {guest}")
    say(f"{guest} is paused")


def unpause(guest):
    run("dom0", f"xl unpause {guest}")
    say(f"{guest} runs again")


class Listening:
    """Counts the frames that a guest sends from the service address, ARP included, where they come out of it: on dom0's end of its interface."""

    def __init__(self, guest):
        octets = "".join(f"{int(part):02x}" for part in VIP.split("."))
        what = f"ether src 00:16:3e:00:00:{LAST[guest]} and (ip src {VIP} or (arp and arp[14:4] = 0x{octets}))"
        self.file = f"/run/listening-{guest}"
        self.command = f"exec tcpdump -i v-{guest} -n -s 64 -U -w {self.file} '{what}'"

    def __enter__(self):
        self.process = subprocess.Popen([*SSH, "-tt", "dom0", self.command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def frames(self):
        text = run("dom0", f"tcpdump -n -r {self.file} --count 2>/dev/null || true", check=False)
        found = re.search(r"(\d+) packet", text)
        return int(found.group(1)) if found else 0
