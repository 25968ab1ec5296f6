"""Short connections, one request each, as many at once as told: every one must end in order, with the right bytes.

Half of them ask the server to close and read to the end of the stream; the others close first. Counts what went wrong by reason. Ends when
stdin is closed, after the connections that are open then. usage: churn.py HOST PORT AT_ONCE PER_SECOND
"""

import collections
import errno
import json
import re
import select
import socket
import sys
import time

PATIENCE = 60
INTERVAL = 0.2
DATE = re.compile(rb"\r\nDate: [^\r]*\r\n")


def masked(response):
    return DATE.sub(b"\r\nDate: -\r\n", response, count=1)


def request(host, close):
    return f"GET /1k.bin HTTP/1.1\r\nHost: {host}\r\n{'Connection: close' + chr(13) + chr(10) if close else ''}\r\n".encode()


def reference(address, close):
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(request(address[0], close))
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0 or len(data) < end + 4 + 1024:
            data += connection.recv(65536)
    return masked(data), len(data)


class Connection:
    def __init__(self, address, close, expected):
        self.close_asked = close
        self.request = request(address[0], close)
        self.expected, self.length = expected
        self.data = b""
        self.begun = time.monotonic()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        error = self.socket.connect_ex(address)
        if error not in (0, errno.EINPROGRESS):
            self.socket.close()
            raise OSError(error, "connect")

    def writable(self):
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "connect")
        self.socket.send(self.request)

    def readable(self):
        """Whether it is over."""
        chunk = self.socket.recv(65536)
        self.data += chunk
        if len(self.data) >= self.length and masked(self.data) != self.expected:
            raise OSError(0, f"wrong bytes {self.data[:100]!r}")
        if not chunk:
            if len(self.data) != self.length:
                raise OSError(0, f"end after {len(self.data)} bytes")
            return True
        return len(self.data) == self.length and not self.close_asked


class Churn:
    def __init__(self, address, at_once, rate):
        self.address, self.at_once, self.rate = address, at_once, rate
        self.expected = {close: reference(address, close) for close in (False, True)}
        self.epoll = select.epoll()
        self.epoll.register(0, select.EPOLLIN)
        self.open = {}
        self.reasons = collections.Counter()
        self.begun = self.good = 0
        self.stopping = False
        self.budget = 0.0

    def begin(self):
        self.begun += 1
        close = self.begun % 2 == 0
        try:
            connection = Connection(self.address, close, self.expected[close])
        except OSError as error:
            self.reasons[str(error)] += 1
            return
        self.open[connection.socket.fileno()] = connection
        self.epoll.register(connection.socket, select.EPOLLOUT)

    def end(self, connection, reason=None):
        del self.open[connection.socket.fileno()]
        connection.socket.close()
        if reason is None:
            self.good += 1
        else:
            age = time.monotonic() - connection.begun
            self.reasons[f"{reason} ({'server' if connection.close_asked else 'client'} closes, {len(connection.data)} bytes, after {age:.0f} s)"] += 1

    def turn(self):
        for fd, events in self.epoll.poll(0.01):
            if fd == 0:
                self.stopping = True
                self.epoll.unregister(0)
                continue
            connection = self.open[fd]
            try:
                if events & select.EPOLLOUT:
                    connection.writable()
                    self.epoll.modify(fd, select.EPOLLIN)
                elif connection.readable():
                    self.end(connection)
            except OSError as error:
                self.end(connection, error)

    def run(self):
        before = reported = time.monotonic()
        while not self.stopping or self.open:
            now = time.monotonic()
            self.budget = min(self.budget + (now - before) * self.rate, self.at_once)
            before = now
            while not self.stopping and self.budget >= 1 and len(self.open) < self.at_once:
                self.budget -= 1
                self.begin()
            self.turn()
            if now > reported + INTERVAL:
                reported = now
                for connection in [c for c in self.open.values() if now - c.begun > PATIENCE]:
                    self.end(connection, f"not over after {PATIENCE} s")
                self.report()
        self.report(done=True)

    def report(self, **more):
        bad = sum(self.reasons.values())
        print(json.dumps({"good": self.good, "bad": bad, "reasons": self.reasons.most_common(10), **more}), flush=True)


Churn((sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), float(sys.argv[4])).run()
