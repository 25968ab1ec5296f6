"""Keep-alive HTTP clients that never reconnect and compare every response byte for byte.

Each connection sends a request every PERIOD seconds and waits for the response. The first response of a path, fetched over a
connection of its own and checked against the file, is what all later ones must equal, but for the value of Date. A connection
that is closed, reset, answered wrongly, or not answered within 30 s is broken.

usage: clients.py HOST PORT CONNECTIONS PERIOD SECONDS PATH[=FILE]...
Ends after SECONDS (with "-", when stdin is closed) or on SIGTERM, then waits for the answers that are due.
"""

import contextlib
import heapq
import re
import select
import signal
import socket
import statistics
import sys
import time

from meter import emit

ANSWER_WITHIN = 30.0
INTERVAL = 0.1
DATE = re.compile(rb"\r\nDate: [A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\r\n")


def masked(response):
    return DATE.sub(b"\r\nDate: -\r\n", response, count=1)


def reference(address, path, file):
    """One complete response, its body checked against the file where there is one."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request(address[0], path))
        data = b""
        while True:
            chunk = connection.recv(65536)
            if not chunk:
                raise SystemExit(f"{path}: connection closed by the server after {len(data)} bytes")
            data += chunk
            head, separator, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"\r\nContent-Length: (\d+)", head)
            if separator and not (head.startswith(b"HTTP/1.1 200 ") and length):
                raise SystemExit(f"{path}: {head.splitlines()[0].decode(errors='replace')}: expected 200 with a Content-Length")
            if separator and len(body) >= int(length.group(1)):
                break
    if file and open(file, "rb").read() != body:
        raise SystemExit(f"{path}: the body differs from {file}")
    return data


def request(host, path):
    name = f"[{host}]" if ":" in host else host
    return f"GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: ftcp-lab\r\n\r\n".encode()


class Connection:
    def __init__(self, number, address, path, expected):
        self.number = number
        self.request = request(address[0], path)
        self.length = len(expected)
        self.expected = masked(expected)
        self.buffer = b""
        self.sent_at = None
        self.worst = 0.0
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def send(self, now):
        # A request is far smaller than an empty send buffer: one send takes it all.
        self.sent_at = now
        if self.socket.send(self.request) != len(self.request):
            raise OSError("request sent in part")

    def receive(self, now):
        """The latency once the response is complete, None before; raises OSError when it is broken."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise OSError("closed by the server")
        self.buffer += chunk
        if len(self.buffer) < self.length:
            return None
        if self.sent_at is None:
            raise OSError("bytes that nobody asked for")
        if masked(self.buffer) != self.expected:
            raise OSError(f"wrong bytes: {self.buffer[:200]!r}")
        latency = now - self.sent_at
        self.worst = max(self.worst, latency)
        self.buffer, self.sent_at = b"", None
        return latency


class Clients:
    def __init__(self, address, count, period, references):
        self.period = period
        self.epoll = select.epoll()
        self.live = {}
        self.stopped = False
        self.broken = []
        self.requests = 0
        self.interval_worst = 0.0
        self.due = []
        begin = time.monotonic()
        for number in range(count):
            path, expected = references[number % len(references)]
            connection = Connection(number, address, path, expected)
            self.live[connection.socket.fileno()] = connection
            self.epoll.register(connection.socket, select.EPOLLIN)
            heapq.heappush(self.due, (begin + period * number / count, number, connection))
        self.all = list(self.live.values())

    def fail(self, connection, reason):
        if self.live.pop(connection.socket.fileno(), None):
            self.broken.append({"connection": connection.number, "at": time.monotonic(), "reason": str(reason)})
            self.epoll.unregister(connection.socket)
            connection.socket.close()

    def turn(self, sending):
        now = time.monotonic()
        while sending and self.due and self.due[0][0] <= now:
            at, number, connection = heapq.heappop(self.due)
            if connection.socket.fileno() < 0:
                continue
            if connection.sent_at is None:
                try:
                    connection.send(now)
                except OSError as error:
                    self.fail(connection, error)
                    continue
            # Never a burst after a stall: the schedule goes on from now.
            heapq.heappush(self.due, (max(at + self.period, now), number, connection))
        wait = min(0.02, max(0.0, self.due[0][0] - now)) if sending and self.due else 0.02
        for fd, _ in self.epoll.poll(max(wait, 0.001)):
            connection = self.live.get(fd)
            if connection is None:
                self.stop()
                continue
            try:
                latency = connection.receive(time.monotonic())
            except BlockingIOError:
                continue
            except OSError as error:
                self.fail(connection, error)
                continue
            if latency is not None:
                self.requests += 1
                self.interval_worst = max(self.interval_worst, latency)

    def stop_with_stdin(self):
        self.epoll.register(0, select.EPOLLIN)

    def stop(self, *_):
        self.stopped = True
        with contextlib.suppress(FileNotFoundError):
            self.epoll.unregister(0)

    def oldest(self, now):
        return max((now - c.sent_at for c in self.live.values() if c.sent_at is not None), default=0.0)

    def report(self, **more):
        now = time.monotonic()
        for connection in list(self.live.values()):
            if connection.sent_at is not None and now - connection.sent_at > ANSWER_WITHIN:
                self.fail(connection, f"no answer within {ANSWER_WITHIN:.0f} s")
        emit(
            at=now, connections=len(self.live), requests=self.requests, broken=len(self.broken),
            worst_ms=round(self.interval_worst * 1000, 1), waiting_ms=round(self.oldest(now) * 1000, 1), **more,
        )  # fmt: skip
        self.interval_worst = 0.0


def main():
    address, count, period = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), float(sys.argv[4])
    paths = [argument.partition("=")[::2] for argument in sys.argv[6:]]
    clients = Clients(address, count, period, [(path, reference(address, path, file)) for path, file in paths])
    signal.signal(signal.SIGTERM, clients.stop)
    end = float("inf")
    if sys.argv[5] == "-":
        clients.stop_with_stdin()
    else:
        end = time.monotonic() + float(sys.argv[5])
    reported = 0.0
    while True:
        now = time.monotonic()
        sending = not clients.stopped and now < end
        if now >= reported + INTERVAL:
            reported = now
            clients.report()
        if not clients.live or (not sending and clients.oldest(now) == 0.0):
            break
        clients.turn(sending)
    worst = [round(connection.worst * 1000, 1) for connection in clients.all]
    clients.report(done=True, reasons=clients.broken[:20], worst_median_ms=statistics.median(worst), worst_max_ms=max(worst))
    sys.exit(1 if clients.broken else 0)


main()
