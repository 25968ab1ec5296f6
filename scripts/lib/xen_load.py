"""The clients of a scenario of scripts/xen-lab, in dom0: one download, one upload and keep-alive connections. Nobody reconnects, every byte is compared.

usage: xen_load.py ADDRESS FILE UPLOAD RATE
FILE is downloaded as /NAME and uploaded as UPLOAD, RATE bytes a second each, so that a fault finds both in flight. A line on stdin lifts the
limit, and the end of both transfers ends the rest. JSON lines on stdout tell how far everything is; the last one has "done".
"""

import fcntl
import json
import os
import re
import socket
import struct
import sys
import termios
import threading
import time

CHUNK = 16 << 10
CONNECTIONS, PERIOD = 4, 1.0
# A takeover between emulated guests takes seconds: only what comes later than this does not come.
WITHIN = 120.0
DATE = re.compile(rb"\r\nDate: [^\r]*")


class Wrong(Exception):
    """What came is not what must come."""


class Client(threading.Thread):
    """One connection from its opening to its end."""

    def __init__(self, address, hurry, rate=0):
        super().__init__(daemon=True)
        self.address, self.hurry, self.rate = address, hurry, rate
        self.amount, self.silence, self.last = 0, 0.0, time.monotonic()
        self.broken, self.ended = "", False

    def run(self):
        try:
            with socket.socket() as self.socket:
                # Little in the buffers: what the client has done is what the wire has carried.
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CHUNK)
                self.socket.settimeout(WITHIN)
                self.socket.connect((self.address, 80))
                self.received = b""
                self.begin = self.last = time.monotonic()
                self.work()
        except (OSError, Wrong) as failure:
            self.broken = f"{type(self).__name__}: {type(failure).__name__}: {failure} (after {self.amount})"
        self.ended = True

    def progress(self, amount):
        now = time.monotonic()
        self.silence = max(self.silence, now - self.last)
        self.amount, self.last = amount, now

    def pace(self, amount):
        """Waits until so many bytes are due."""
        while not self.hurry.is_set() and amount > (time.monotonic() - self.begin) * self.rate:
            self.hurry.wait(0.1)

    def read(self):
        data = self.socket.recv(CHUNK)
        if not data:
            raise Wrong("closed by the service")
        return data

    def head(self, wanted):
        while b"\r\n\r\n" not in self.received:
            self.received += self.read()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        if not head.startswith(wanted):
            raise Wrong(f"answered {head[:80]!r}")
        return head

    def compare(self, expected, pace=False):
        """Reads the body of an answer, and nothing may follow it."""
        done = 0
        while True:
            if self.received != expected[done : done + len(self.received)]:
                raise Wrong(f"wrong bytes in the {CHUNK} after {done}")
            done += len(self.received)
            if pace:
                self.progress(done)
            if done == len(expected):
                self.received = b""
                return
            if pace:
                self.pace(done)
                # Time that the client itself took is no silence of the service.
                self.last = time.monotonic()
            self.received = self.read()


class Download(Client):
    def __init__(self, address, hurry, rate, name, content):
        super().__init__(address, hurry, rate)
        self.name_there, self.content = name, content

    def work(self):
        self.socket.sendall(f"GET /{self.name_there} HTTP/1.1\r\nHost: {self.address}\r\n\r\n".encode())
        self.head(b"HTTP/1.1 200 ")
        self.compare(self.content, pace=True)


class Upload(Client):
    def __init__(self, address, hurry, rate, name, content):
        super().__init__(address, hurry, rate)
        self.name_there, self.content = name, content

    def acknowledged(self, sent):
        """What the service's kernel has said to have, of what was sent."""
        queued = struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0\0\0\0"))[0]
        return sent - queued

    def work(self):
        request = f"PUT /{self.name_there} HTTP/1.1\r\nHost: {self.address}\r\nContent-Length: {len(self.content)}\r\n\r\n"
        self.socket.sendall(request.encode())
        sent = 0
        while sent < len(self.content):
            sent += self.socket.send(self.content[sent : sent + CHUNK])
            self.progress(max(self.amount, self.acknowledged(sent)))
            self.pace(sent)
            self.last = time.monotonic()
        self.head(b"HTTP/1.1 201 ")
        self.progress(sent)


class Requests(Client):
    def __init__(self, address, hurry, transfers, content):
        super().__init__(address, hurry)
        self.transfers, self.content = transfers, content

    def work(self):
        first = None
        while not (self.hurry.is_set() and all(transfer.ended for transfer in self.transfers)):
            self.last = time.monotonic()
            self.socket.sendall(f"GET /1k.bin HTTP/1.1\r\nHost: {self.address}\r\n\r\n".encode())
            head = DATE.sub(b"", self.head(b"HTTP/1.1 200 "))
            first = first or head
            if head != first:
                raise Wrong(f"head {head!r} instead of {first!r}")
            self.compare(self.content)
            self.progress(self.amount + 1)
            time.sleep(PERIOD)


def main():
    address, path, upload, rate = *sys.argv[1:4], int(sys.argv[4])
    with open(path, "rb") as file:
        content = file.read()
    with open(os.path.join(os.path.dirname(path), "1k.bin"), "rb") as file:
        small = file.read()
    hurry = threading.Event()
    transfers = [Download(address, hurry, rate, os.path.basename(path), content), Upload(address, hurry, rate, upload, content)]
    requests = [Requests(address, hurry, transfers, small) for _ in range(CONNECTIONS)]
    clients = transfers + requests
    for client in clients:
        client.start()
    threading.Thread(target=lambda: (sys.stdin.readline(), hurry.set()), daemon=True).start()
    done = False
    while not done:
        time.sleep(0.5)
        done = all(client.ended for client in clients)
        report = {
            "done": done, "download": transfers[0].amount, "upload": transfers[1].amount, "requests": sum(one.amount for one in requests),
            # Each of them: one that hangs does not hide behind the others.
            "least_requests": min(one.amount for one in requests),
            "download_silence": transfers[0].silence, "upload_silence": transfers[1].silence,
            "slowest_request": max(one.silence for one in requests), "broken": [one.broken for one in clients if one.broken],
        }  # fmt: skip
        print(json.dumps(report), flush=True)


main()
