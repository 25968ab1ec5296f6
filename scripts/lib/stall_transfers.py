"""Download and upload as scripts/stalls measures them: by what the client's kernel counts, at a steady rate, every byte checked."""

import collections
import mmap
import os
import socket
import struct
import time

from meter import emit

PORT = 80
UPLOAD_BYTES = 24 << 20
BROKEN_AFTER = 30.0
HISTORY_SECONDS = 4.0
BYTES_ACKED, BYTES_RECEIVED, INFO_BYTES = 120, 128, 136  # struct tcp_info, linux/tcp.h


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Broken(Exception):
    pass


class Stall:
    """The longest span without progress that reaches into the window."""

    def __init__(self):
        self.last = now()
        self.open_from = None
        self.begin = self.end = 0.0

    def open(self, at):
        self.open_from, self.begin, self.end = at, at, at

    def span(self, begin, end):
        if self.open_from is not None and end >= self.open_from and end - begin > self.end - self.begin:
            self.begin, self.end = begin, end

    def progress(self, at):
        self.span(self.last, at)
        self.last = at

    def close(self, at, waiting_since=None):
        """Also what still lasts counts."""
        if waiting_since is not None:
            self.span(waiting_since, at)
        self.open_from = None
        return [self.begin, self.end]


def connect(host, receive_buffer=0):
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(BROKEN_AFTER)
    connection.connect((host, PORT))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    return connection


def info(connection, offset):
    return struct.unpack_from("=Q", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_BYTES), offset)[0]


def mapped(path):
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)


class Transfer:
    """What download and upload have in common: a rate, and progress by the kernel's count."""

    def __init__(self, rate, counter):
        self.rate, self.counter = rate, counter
        self.stall = Stall()
        self.seen = 0
        self.history = collections.deque()
        self.total = 0
        self.since, self.done = now(), 0

    def watch(self, at):
        value = info(self.socket, self.counter)
        if value != self.seen:
            self.total += value - self.seen
            self.seen = value
            self.stall.progress(at)
            self.history.append((at, self.total))
            while self.history[0][0] < at - HISTORY_SECONDS:
                self.history.popleft()

    def budget(self, at):
        """Bytes that may be moved now; a stall is not made up for by a burst."""
        allowed = int((at - self.since) * self.rate) - self.done
        burst = int(self.rate * 0.05)
        if allowed > burst:
            self.done += allowed - burst
            allowed = burst
        return allowed

    def moved(self, count):
        self.done += count

    def recovery(self, begin, end, span):
        """Bytes in `span` seconds before the stall, and after its end."""

        def at(moment):
            best = self.history[0][1] if self.history else 0
            for when, total in self.history:
                if when > moment:
                    break
                best = total
            return best

        # What arrives at the very end of the stall is the first of what came after it.
        return at(begin) - at(begin - span), at(end + span) - at(begin)


class Download(Transfer):
    def __init__(self, host, rate, receive_buffer, path):
        super().__init__(rate, BYTES_RECEIVED)
        self.host, self.content = host, mapped(path)
        self.path = "/" + os.path.basename(path)
        self.socket = connect(host, receive_buffer)
        self.begin()

    def begin(self):
        self.socket.sendall(f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        self.head, self.at = b"", None

    def turn(self, at):
        self.watch(at)
        allowed = self.budget(at)
        while allowed > 0:
            try:
                data = self.socket.recv(min(allowed, 1 << 17))
            except BlockingIOError:
                return
            if not data:
                raise Broken("closed by the server")
            self.moved(len(data))
            allowed -= len(data)
            self.take(data)

    def take(self, data):
        if self.at is None:
            self.head += data
            head, separator, data = self.head.partition(b"\r\n\r\n")
            if not separator:
                return
            if not head.startswith(b"HTTP/1.1 200 "):
                raise Broken(f"answered {head[:60]!r}")
            self.at = 0
        if self.content[self.at : self.at + len(data)] != data:
            raise Broken(f"wrong bytes between {self.at} and {self.at + len(data)}")
        self.at += len(data)
        if self.at == len(self.content):
            self.begin()


class Upload(Transfer):
    """Files of 24 MiB one after the other over one connection. The controller compares what the service stored."""

    def __init__(self, host, rate, path):
        super().__init__(rate, BYTES_ACKED)
        self.host, self.content, self.number = host, mapped(path), 0
        self.socket = connect(host)
        self.begin()

    def begin(self):
        self.from_ = self.number * (1 << 20) % (len(self.content) - UPLOAD_BYTES)
        head = f"PUT /upload/stalls{self.number}.bin HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {UPLOAD_BYTES}\r\n\r\n"
        self.pending, self.sent, self.answer = head.encode(), 0, b""

    def turn(self, at):
        self.watch(at)
        allowed = self.budget(at)
        try:
            while allowed > 0 and (self.pending or self.sent < UPLOAD_BYTES):
                if not self.pending:
                    piece = min(1 << 16, UPLOAD_BYTES - self.sent)
                    self.pending = self.content[self.from_ + self.sent : self.from_ + self.sent + piece]
                    self.sent += piece
                count = self.socket.send(self.pending)
                self.pending = self.pending[count:]
                self.moved(count)
                allowed -= count
        except BlockingIOError:
            pass
        if self.sent == UPLOAD_BYTES and not self.pending:
            self.read_answer()

    def read_answer(self):
        try:
            data = self.socket.recv(4096)
        except BlockingIOError:
            return
        if not data:
            raise Broken("closed by the server")
        self.answer += data
        if b"\r\n\r\n" not in self.answer:
            return
        if self.answer[9:12] not in (b"201", b"204"):
            raise Broken(f"answered {self.answer[:60]!r}")
        emit(uploaded=f"stalls{self.number}.bin", offset=self.from_, size=UPLOAD_BYTES)
        self.number += 1
        self.begin()
