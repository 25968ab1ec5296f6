"""The clients of scripts/stalls: download, upload, idle, keep-alive and new connections, all at once, every byte checked.

A controller opens a window (line "window" on stdin), lets the idle connections speak ("speak"), and closes it ("close"), upon which
each workload tells the longest time without progress that began or lasted in the window, as [begin, end] in CLOCK_BOOTTIME.
Progress is what this kernel's TCP saw (tcp_info), so that no buffer hides a stall; of requests it is the complete answer.

usage: stall_clients.py HOST KEEP_ALIVE RATE RECEIVE_BUFFER DOWNLOAD UPLOAD      DOWNLOAD and UPLOAD are files
"""

import collections
import fcntl
import heapq
import mmap
import os
import re
import select
import socket
import struct
import sys
import time

from meter import emit

PORT = 80
TICK = 0.001
IDLE_CONNECTIONS = 8
REQUESTS_PER_SECOND = 300
KEEP_ALIVE_PERIOD, NEW_PERIOD = 0.05, 0.02
UPLOAD_BYTES = 24 << 20
BROKEN_AFTER = 30.0
HISTORY_SECONDS = 4.0
BYTES_ACKED, BYTES_RECEIVED, INFO_BYTES = 120, 128, 136  # struct tcp_info, linux/tcp.h
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")
DATE = re.compile(rb"\r\nDate: [^\r]*")


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


class Asking:
    """A connection that asks for /hello, and must get what the first one got."""

    request = b"GET /hello HTTP/1.1\r\nHost: lab\r\n\r\n"
    expected = None

    def __init__(self, connection):
        self.socket, self.buffer, self.asked = connection, b"", None

    def ask(self, at):
        self.asked = at
        if self.socket.send(self.request) != len(self.request):
            raise Broken("request sent in part")

    def receive(self):
        """True once the answer is complete."""
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return False
        if not data:
            raise Broken("closed by the server")
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not separator or not length or len(body) < int(length.group(1)):
            return False
        answer = DATE.sub(b"", self.buffer)
        if Asking.expected is None:
            Asking.expected = answer
        if answer != Asking.expected:
            raise Broken(f"wrong bytes: {self.buffer[:200]!r}")
        self.buffer, self.asked = b"", None
        return True


class Requests:
    """Keep-alive connections, each with a request every now and then; or idle ones, which ask when told."""

    def __init__(self, clients, name, host, count, period):
        self.clients, self.name, self.period = clients, name, period
        self.stall, self.due, self.answered = Stall(), [], 0
        self.all = []
        for number in range(count):
            one = Asking(connect(host))
            self.all.append(one)
            clients.add(one, self)
            if period:
                heapq.heappush(self.due, (now() + period * number / count, number, one))

    def turn(self, at):
        while self.due and self.due[0][0] <= at:
            due, number, one = heapq.heappop(self.due)
            if one.asked is None:
                one.ask(at)
            heapq.heappush(self.due, (max(due + self.period, at), number, one))

    def readable(self, one, at):
        asked = one.asked
        if asked is None:
            raise Broken("bytes, or an end, that nobody asked for")
        if one.receive():
            self.answered += 1
            self.stall.span(asked, at)

    def oldest(self):
        return min((one.asked for one in self.all if one.asked is not None), default=None)


class Fresh:
    """A new connection every so often, with one request."""

    name = "new"

    def __init__(self, clients, host):
        self.clients, self.host = clients, host
        self.stall, self.due, self.live, self.answered = Stall(), now(), set(), 0

    def turn(self, at):
        if at < self.due:
            return
        self.due = max(self.due + NEW_PERIOD, at)
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.connect_ex((self.host, PORT))
        one = Asking(connection)
        one.begun, one.connected = at, False
        self.live.add(one)
        self.clients.add(one, self, select.EPOLLOUT)

    def readable(self, one, at):
        if not one.connected:
            error = one.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise Broken(os.strerror(error))
            one.connected = True
            one.ask(at)
            self.clients.epoll.modify(one.socket, select.EPOLLIN)
        elif one.receive():
            self.answered += 1
            self.stall.span(one.begun, at)
            self.live.discard(one)
            self.clients.remove(one)

    def oldest(self):
        return min((one.begun for one in self.live), default=None)


class Clients:
    def __init__(self, host, count, rate, receive_buffer, download, upload):
        self.epoll, self.owners, self.broken = select.epoll(), {}, 0
        self.keep_alive = Requests(self, "keep-alive", host, count, max(KEEP_ALIVE_PERIOD, count / REQUESTS_PER_SECOND))
        self.idle = Requests(self, "idle", host, IDLE_CONNECTIONS, 0)
        self.fresh = Fresh(self, host)
        self.transfers = {"download": Download(host, rate, receive_buffer, download), "upload": Upload(host, rate, upload)}
        self.asking = {"keep-alive": self.keep_alive, "idle": self.idle, "new": self.fresh}
        self.commands = b""
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)
        self.epoll.register(0, select.EPOLLIN)
        self.closing_since = None
        self.speak_all()

    def add(self, one, owner, events=select.EPOLLIN):
        self.owners[one.socket.fileno()] = (one, owner)
        self.epoll.register(one.socket, events)

    def remove(self, one):
        self.owners.pop(one.socket.fileno(), None)
        self.epoll.unregister(one.socket)
        one.socket.close()

    def speak_all(self):
        for one in self.idle.all:
            if one.socket.fileno() >= 0 and one.asked is None:
                one.ask(now())

    def fail(self, name, reason):
        self.broken += 1
        emit(broken=name, reason=str(reason))

    def everything(self):
        return {**self.transfers, **self.asking}

    def command(self, words):
        if words[0] == "window":
            for workload in self.everything().values():
                workload.stall.open(now())
        elif words[0] == "speak":
            self.idle.stall.open(now())
            self.speak_all()
        elif words[0] == "close":
            self.closing_since, self.span = now(), float(words[1])

    def close(self, at):
        """Ends the window once every request of before is answered and both transfers go on."""
        oldest = [w.oldest() for w in self.asking.values()]
        waiting = [o for o in oldest if o is not None and o < self.closing_since]
        waiting += [t.stall.last for t in self.transfers.values() if t.stall.last < self.closing_since]
        if waiting and at - min(waiting) < BROKEN_AFTER or at - self.closing_since < self.span:
            return
        report = {name: workload.stall.close(at, workload.oldest()) for name, workload in self.asking.items()}
        for name, transfer in self.transfers.items():
            report[name] = transfer.stall.close(at, transfer.stall.last)
        before, after = self.transfers["download"].recovery(*report["download"], self.span)
        self.closing_since = None
        answered = sum(workload.answered for workload in self.asking.values())
        emit(window=report, bytes_before=before, bytes_after=after, answered=answered)

    def read_commands(self):
        data = os.read(0, 4096)
        if not data:
            return False
        self.commands += data
        *lines, self.commands = self.commands.split(b"\n")
        for line in lines:
            self.command(line.decode().split())
        return True

    def run(self):
        while True:
            for fd, _ in self.epoll.poll(TICK):
                if fd == 0:
                    if not self.read_commands():
                        return
                    continue
                one, owner = self.owners[fd]
                try:
                    owner.readable(one, now())
                except (OSError, Broken) as error:
                    self.fail(owner.name, error)
                    self.remove(one)
                    one.asked = None
                    getattr(owner, "live", set()).discard(one)
                    if isinstance(owner, Requests):
                        owner.all.remove(one)
                        owner.due = [entry for entry in owner.due if entry[2] is not one]
                        heapq.heapify(owner.due)
            at = now()
            self.keep_alive.turn(at)
            self.fresh.turn(at)
            for name, transfer in self.transfers.items():
                try:
                    transfer.turn(at)
                except (OSError, Broken) as error:
                    # Nothing makes sense after that: a new transfer would hide what a broken one costs.
                    emit(done=True, broken=self.broken + 1, failure=f"{name}: {error}")
                    sys.exit(1)
            if self.closing_since is not None:
                self.close(at)


def main():
    host, count, rate, receive_buffer, download, upload = sys.argv[1:7]
    clients = Clients(host, int(count), float(rate), int(receive_buffer), download, upload)
    emit(ready=True)
    clients.run()
    emit(done=True, broken=clients.broken)


main()
