"""The clients of scripts/stalls: download, upload, idle, keep-alive and new connections, all at once, every byte checked.

A controller opens a window (line "window" on stdin), lets the idle connections speak ("speak"), and closes it ("close"), upon which
each workload tells the longest time without progress that began or lasted in the window, as [begin, end] in CLOCK_BOOTTIME.
Progress is what this kernel's TCP saw (tcp_info), so that no buffer hides a stall; of requests it is the complete answer.

usage: stall_clients.py HOST KEEP_ALIVE RATE RECEIVE_BUFFER DOWNLOAD UPLOAD      DOWNLOAD and UPLOAD are files
"""

import fcntl
import heapq
import os
import re
import select
import socket
import sys

from meter import emit
from stall_transfers import BROKEN_AFTER, PORT, Broken, Download, Stall, Upload, connect, now

TICK = 0.001
IDLE_CONNECTIONS = 8
REQUESTS_PER_SECOND = 300
KEEP_ALIVE_PERIOD, NEW_PERIOD = 0.05, 0.02
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")
DATE = re.compile(rb"\r\nDate: [^\r]*")


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
