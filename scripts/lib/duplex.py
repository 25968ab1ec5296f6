"""Traffic in both directions on one connection, and the proof that no byte of it was lost, doubled or changed.

usage: duplex.py serve PORT
       duplex.py client HOST PORT RATE

The client sends blocks, RATE bytes a second, while it reads; the service answers each block by one that is made from all blocks so far. So
each answer vouches for everything that the client has sent until then, and the client knows it. At the end of its stdin it ends its
stream, and the service's last word is the SHA-256 of it.
"""

import contextlib
import hashlib
import os
import random
import select
import signal
import socket
import sys
import time

from meter import emit

BLOCK = 4096
WITHIN = 120.0  # an answer that takes longer does not come
INTERVAL = 0.1


class Blocks:
    """The answers to blocks, in their order."""

    def __init__(self):
        self.so_far = hashlib.sha256()

    def answer(self, block):
        self.so_far.update(block)
        return hashlib.shake_256(self.so_far.digest()).digest(BLOCK)

    def last_word(self):
        return self.so_far.hexdigest().encode()


def serve_one(connection):
    blocks, block = Blocks(), b""
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while chunk := connection.recv(BLOCK - len(block)):
            block += chunk
            if len(block) == BLOCK:
                connection.sendall(blocks.answer(block))
                block = b""
        connection.sendall(blocks.last_word())


def serve(port):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64) as listener:
        while True:
            connection = listener.accept()[0]
            if os.fork() == 0:
                listener.close()
                serve_one(connection)
                os._exit(0)
            connection.close()


class Client:
    def __init__(self, connection, rate):
        self.connection, self.rate = connection, rate
        self.random, self.blocks = random.Random(1), Blocks()
        self.sent = self.checked = 0
        self.expected, self.unsent = b"", b""
        self.heard = time.monotonic()
        self.slowest = 0.0

    def write(self):
        if not self.unsent:
            self.unsent = self.random.randbytes(BLOCK)
            self.expected += self.blocks.answer(self.unsent)
        done = self.connection.send(self.unsent)
        self.unsent = self.unsent[done:]
        self.sent += done

    def read(self):
        """Whether the stream goes on."""
        data = self.connection.recv(1 << 16)
        if not self.expected.startswith(data):
            raise ValueError(f"wrong bytes at {self.checked}")
        self.expected = self.expected[len(data) :]
        self.checked += len(data)
        now = time.monotonic()
        self.slowest = max(self.slowest, now - self.heard)
        self.heard = now
        return bool(data)

    def run(self):
        self.connection.setblocking(False)
        begin = reported = time.monotonic()
        ending = False
        while True:
            now = time.monotonic()
            if now - reported >= INTERVAL:
                emit(sent=self.sent, checked=self.checked, slowest_ms=1000 * self.slowest, waiting_ms=1000 * (now - self.heard))
                reported, self.slowest = now, 0.0
            if now - self.heard > WITHIN:
                raise TimeoutError(f"no byte for {WITHIN:.0f} s after {self.checked}")
            due = not ending and self.sent < (now - begin) * self.rate
            watched = [self.connection] + ([] if ending else [sys.stdin])
            readable, writable, _ = select.select(watched, [self.connection] if due or (ending and self.unsent) else [], [], 0.01)
            if sys.stdin in readable:
                ending = True
            if writable:
                self.write()
            if ending and not self.unsent:
                self.finish()
                return
            if self.connection in readable and not self.read():
                raise EOFError(f"closed by the service after {self.checked} bytes")

    def finish(self):
        self.expected += self.blocks.last_word()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(WITHIN)
        while self.read():
            pass
        if self.expected:
            raise EOFError(f"closed by the service, {len(self.expected)} bytes too early")


def client(host, port, rate):
    reason = ""
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one = Client(connection, rate)
        try:
            one.run()
        except (OSError, EOFError, ValueError) as failure:
            reason = f"{type(failure).__name__}: {failure}"
    emit(done=True, sent=one.sent, checked=one.checked, sha256=one.blocks.last_word().decode(), broken=reason)


def main():
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        client(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))


main()
