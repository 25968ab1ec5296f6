"""Uploads a file with curl (PUT) and measures the longest time in which no byte was acknowledged.

The truth about an upload is in the client's kernel: tcp_info.bytes_acked of curl's socket, asked for every 2 ms by sock_diag
(netlink), which neither touches the socket nor the process.

usage: upload.py FILE URL RATE SECONDS  RATE and SECONDS are curl's --limit-rate and --max-time
"""

import socket
import struct
import sys
import time
import urllib.parse

from meter import Gaps, Reporter, emit, now, with_curl

# Outside the lab's ephemeral range: nobody else's.
LOCAL_PORTS = {socket.AF_INET: 65123, socket.AF_INET6: 65124}
SAMPLE = 0.002

# linux/sock_diag.h, linux/inet_diag.h, linux/tcp.h
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLMSG_ERROR = 4, 20, 1, 2
INET_DIAG_INFO, ALL_STATES, NO_COOKIE = 2, 0xFFFFFFFF, b"\xff" * 8
NLMSG_HEADER, DIAG_MESSAGE, BYTES_ACKED = 16, 72, 120


class AckedBytes:
    """Asks the kernel of this network namespace about one connection."""

    def __init__(self, family, local, remote):
        self.netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG)
        ends = struct.pack("!HH16s16s", local[1], remote[1], socket.inet_pton(family, local[0]), socket.inet_pton(family, remote[0]))
        request = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), ALL_STATES)
        request += ends + struct.pack("=I", 0) + NO_COOKIE
        header = struct.pack("=IHHII", NLMSG_HEADER + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0)
        self.request = header + request

    def get(self):
        """The bytes acknowledged so far, or None when there is no such connection."""
        self.netlink.send(self.request)
        reply = self.netlink.recv(8192)
        length, kind = struct.unpack_from("=IH", reply)
        if kind == NLMSG_ERROR:
            return None
        offset = NLMSG_HEADER + DIAG_MESSAGE
        while offset + 4 <= length:
            size, attribute = struct.unpack_from("=HH", reply, offset)
            if attribute == INET_DIAG_INFO:
                return struct.unpack_from("=Q", reply, offset + 4 + BYTES_ACKED)[0]
            offset += (size + 3) & ~3
        return None


def local_address(family, remote):
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(remote)
        return probe.getsockname()[0]


def main():
    path, url, rate, seconds = sys.argv[1:5]
    target = urllib.parse.urlsplit(url)
    remote = (target.hostname, target.port or 80)
    family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
    port = LOCAL_PORTS[family]
    acked = AckedBytes(family, (local_address(family, remote), port), remote)
    gaps = Gaps()

    def measure(curl):
        reporter = Reporter()
        while curl.poll() is None:
            amount = acked.get()
            if amount is not None and amount != gaps.amount:
                gaps.progress(amount, now())
            reporter.report(gaps, now())
            time.sleep(SAMPLE)
        # From the last acknowledgement to the response.
        return curl.stdout.read().decode(), gaps.waiting(now())

    start = now()
    arguments = ["--limit-rate", rate, "--max-time", seconds, "--local-port", str(port), "--upload-file", path]
    arguments += ["--output", "/dev/null", "--write-out", "%{http_code}", url]
    status, error, (code, response) = with_curl(arguments, measure)
    emit(
        done=True, exit=status, error=error, seconds=round(now() - start, 3), status=code,
        response_ms=round(response * 1000, 1), **gaps.fields(),
    )  # fmt: skip


main()
