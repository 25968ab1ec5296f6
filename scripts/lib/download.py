"""Downloads with curl and measures: bytes, SHA-256, and the longest time in which no byte arrived.

usage: download.py URL RATE SECONDS     RATE and SECONDS are curl's --limit-rate and --max-time
"""

import hashlib
import os
import select
import sys

from meter import Gaps, Reporter, emit, now, with_curl


def main():
    url, rate, seconds = sys.argv[1:4]
    digest = hashlib.sha256()
    gaps = Gaps()

    def measure(curl):
        reporter = Reporter()
        fd = curl.stdout.fileno()
        total = 0
        while True:
            ready, _, _ = select.select([fd], [], [], 0.05)
            if ready:
                chunk = os.read(fd, 1 << 18)
                if not chunk:
                    return
                total += len(chunk)
                gaps.progress(total, now())
                digest.update(chunk)
            reporter.report(gaps, now())

    start = now()
    status, error, _ = with_curl(["--limit-rate", rate, "--max-time", seconds, url], measure)
    emit(done=True, exit=status, error=error, seconds=round(now() - start, 3), sha256=digest.hexdigest(), **gaps.fields())


main()
