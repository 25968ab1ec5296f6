"""The demo: a download, an upload and 200 keep-alive clients live through two crashes of the host that serves them.

usage: demo.py [--runs N] [--json] [--ipv6] [--unprotected]   (scripts/demo sets up what it needs)
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import time

import announce
from lab import CONFIGS, VIP, VIP6, WWW, Failed, Program, lab, start_nginx, status
from show import Show, bar

MB = 1e6
CLIENTS, PERIOD = 200, 0.1
FAULT_AT = 0.4
DOWNLOAD, DOWNLOAD_RATE = "500m.bin", "150M"
UPLOAD, UPLOAD_RATE = "200m.bin", "60M"
TRANSFER_SECONDS = 120
PROTECTED_SECONDS = 60
CONFIG = os.path.join(CONFIGS, "web.toml")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Run:
    """One run of the demo in a lab of its own."""

    def __init__(self, show, protected, vip):
        self.show = show
        self.protected = protected
        self.vip = vip
        self.base = f"http://[{vip}]" if ":" in vip else f"http://{vip}"
        # A connection that lost its host hangs: curl gives up then.
        self.seconds = TRANSFER_SECONDS if protected else 10
        self.worst = []
        self.broken = []
        self.result = {"takeovers": []}

    def step(self, text, action, *arguments):
        self.show.event(text)
        return action(*arguments)

    def pair(self, primary, standby):
        """Waits until a fault would be survived."""
        if self.protected:
            lab("wait", primary, "PROTECTED", PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)
            lab("wait", standby, "STANDBY", PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)
            self.show.event(f"{primary} is PROTECTED, {standby} is its STANDBY")

    def boot(self, host):
        start_nginx(host)
        if self.protected:
            lab("ftcpd", host, CONFIG)

    def play(self):
        self.step("lab up: hosts client, a, b; nginx on a and b" + (", ftcpd beside" if self.protected else ""), lab, "up")
        self.boot("a")
        if self.protected:
            # Who comes first becomes the primary.
            lab("wait", "a", "UNPROTECTED", PROTECTED_SECONDS, timeout=PROTECTED_SECONDS + 30)
        else:
            announce.take("a", self.vip)
        self.boot("b")
        self.pair("a", "b")
        self.clients = Program(
            "client", "clients.py", self.vip, 80, CLIENTS, PERIOD, "-", "/hello", f"/1k.bin={WWW}/1k.bin",
            on_report=lambda report: self.worst.append((report["at"], max(report["worst_ms"], report["waiting_ms"]))),
        )  # fmt: skip
        try:
            self.until(lambda: self.clients.latest.get("requests", 0) >= CLIENTS or self.clients.ended(), 30, "the clients' first answers")
            if self.clients.ended():
                raise Failed(f"the clients ended before the first fault: {self.clients.result()}")
            self.show.event(f"{CLIENTS} keep-alive clients ask {CLIENTS / PERIOD:.0f} times a second, and check every byte")
            self.transfer("download", "a", "b", Program("client", "download.py", f"{self.base}/{DOWNLOAD}", DOWNLOAD_RATE, self.seconds))
            self.step("a reboots" + (" and joins as b's standby" if self.protected else ""), lab, "reboot", "a")
            self.boot("a")
            self.pair("b", "a")
            url = f"{self.base}/upload/demo.bin"
            self.transfer("upload", "b", "a", Program("client", "upload.py", f"{WWW}/{UPLOAD}", url, UPLOAD_RATE, self.seconds))
        finally:
            self.clients.stop()
            # Also after a failure: what became of the clients may explain it.
            self.finish_clients()
        return self.result

    def until(self, condition, seconds, what):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"waited {seconds} s for {what}")
            time.sleep(0.02)

    def watch(self, kind, meter, size, condition):
        rate, asked = 0.0, 0.0
        previous, requests, since = meter.latest.get("bytes", 0), self.clients.latest.get("requests", 0), time.monotonic()
        end = since + self.seconds + 30
        while not condition():
            now = time.monotonic()
            if now > end:
                raise Failed(f"{kind}: not done after {self.seconds} s")
            report, clients = meter.latest, self.clients.latest
            done = report.get("bytes", 0)
            if now - since >= 0.25:
                rate, asked = (done - previous) / (now - since), (clients.get("requests", 0) - requests) / (now - since)
                previous, requests, since = done, clients.get("requests", 0), now
            stall = report.get("waiting_ms", 0)
            self.show.progress(
                f"{kind} {bar(done / size)} {100 * done / size:3.0f} %  {rate / MB:4.0f} MB/s  "
                + (f"silent for {stall:.0f} ms" if stall > 50 else "")
                + f" | {clients.get('connections', 0)} clients {asked:,.0f} req/s {clients.get('broken', 0)} broken"
            )
            time.sleep(0.02)

    def transfer(self, kind, owner, survivor, meter):
        name = DOWNLOAD if kind == "download" else UPLOAD
        size = os.stat(os.path.join(WWW, name)).st_size
        self.show.event(f"{kind} of {size / MB:.0f} MB with curl, served by {owner}")
        self.watch(kind, meter, size, lambda: meter.latest.get("bytes", 0) >= FAULT_AT * size or meter.ended())
        if meter.ended():
            raise Failed(f"{kind}: ended before the fault: {meter.result()}")
        fault = time.monotonic()
        lab("crash", owner)
        self.show.event(f"crash of {owner} at {100 * meter.latest['bytes'] / size:.0f} % of the {kind}")
        if not self.protected:
            announce.take(survivor, self.vip)
        self.watch(kind, meter, size, meter.ended)
        result = meter.result()
        requests = max((worst for at, worst in self.worst if at >= fault), default=0)
        self.check(kind, result, name, survivor)
        self.result[kind] = {
            "exit": result["exit"], "bytes": result["bytes"], "seconds": result["seconds"], "stall_ms": result["stall_ms"],
            "requests_stall_ms": requests,
        }  # fmt: skip
        self.show.event(f"{kind} ended: longest silence {result['stall_ms']:.0f} ms, slowest request {requests:.0f} ms")
        if self.protected:
            self.takeover(survivor)

    def check(self, kind, result, name, survivor):
        wanted = sha256(os.path.join(WWW, name))
        if result["exit"] != 0:
            return self.broke(f"{kind}: curl ended with status {result['exit']} after {result['bytes']} bytes: {result['error']}")
        if kind == "download":
            got = result["sha256"]
        else:
            got = lab("run", survivor, "--", "sha256sum", "/srv/upload/demo.bin").split()[0]
        if got != wanted:
            return self.broke(f"{kind}: SHA-256 is {got}, expected {wanted}")
        self.show.event(f"{kind}: SHA-256 equal ({got[:16]}...)")

    def broke(self, reason):
        self.broken.append(reason)
        self.show.event(f"BROKEN {reason}")

    def takeover(self, survivor):
        report = status(survivor).get("last_takeover") or {}
        self.result["takeovers"].append({"by": survivor, **report})
        stages = report.get("stages_millis") or {}
        if isinstance(stages, dict):
            stages = [{"name": name, "ms": f"{value:.1f} ms"} for name, value in stages.items()]
        text = ", ".join(" ".join(str(value) for value in stage.values()) for stage in stages)
        self.show.event(f"takeover by {survivor}: {report.get('cause', 'no cause reported')}" + (f" ({text})" if text else ""))

    def finish_clients(self):
        final = self.clients.result()
        for one in final["reasons"]:
            self.broken.append(f"client {one['connection']}: {one['reason']}")
        silent = final["broken"] - len(final["reasons"])
        self.broken.extend(["another client"] * silent)
        self.show.event(f"{final['requests']:,} requests answered over {CLIENTS} connections, {final['broken']} of them broken")
        self.result["requests"] = {
            "answered": final["requests"], "broken": final["broken"],
            "worst_ms": final["worst_max_ms"], "worst_median_ms": final["worst_median_ms"],
        }  # fmt: skip
        self.result["broken"] = len(self.broken)
        self.result["reasons"] = self.broken[:20]


def stalls(run):
    requests = max(run["download"]["requests_stall_ms"], run["upload"]["requests_stall_ms"])
    return {"download": run["download"]["stall_ms"], "upload": run["upload"]["stall_ms"], "requests": requests}


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Shows that clients live through crashes of the serving host.")
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="repeat, and print the spread of the stalls")
    parser.add_argument("--json", action="store_true", help="write the result to stdout as JSON, the show to stderr")
    parser.add_argument("--ipv6", action="store_true", help=f"the clients use {VIP6} instead of {VIP}")
    parser.add_argument("--unprotected", action="store_true", help="without ftcp: the address moves, the connections break")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs: at least 1")
    show = Show(sys.stderr if options.json else sys.stdout)
    runs, error = [], None
    try:
        for number in range(options.runs):
            if options.runs > 1:
                show.event(f"run {number + 1} of {options.runs}")
            runs.append(Run(show, not options.unprotected, VIP6 if options.ipv6 else VIP).play())
            if number + 1 < options.runs:
                lab("down")
    except Failed as failure:
        error = str(failure)
    except KeyboardInterrupt:
        show.plain("interrupted")
        sys.exit(130)
    report = {"runs": runs, "broken": sum(run["broken"] for run in runs), "error": error}
    if runs:
        each = [stalls(run) for run in runs]
        report["stalls_ms"] = {kind: spread([one[kind] for one in each]) for kind in each[0]}
        show.event("stalls in ms, min / median / max of the runs" if len(runs) > 1 else "stalls in ms")
        for kind, values in report["stalls_ms"].items():
            text = " / ".join(f"{value:.0f}" for value in values.values()) if len(runs) > 1 else f"{values['max']:.0f}"
            show.event(f"  {kind:9} {text}")
    if error:
        show.event(f"FAILED {error}")
    show.plain(f"{report['broken']} broken" if not error else "not completed")
    if options.json:
        print(json.dumps(report, indent=2))
    sys.exit(1 if error or report["broken"] else 0)


main()
