"""A deterministic service: carries out the lines that a client sends, in order, a process for each connection. usage: scripted.py PORT

  echo TEXT      answers with the line TEXT
  send N         sends N bytes of PATTERN
  sum NAME       reads to the client's end, then writes "COUNT SHA256" of what came to /srv/upload/NAME
  await NAME     waits until /srv/upload/NAME exists, which a test makes
  half           ends its own side, goes on reading
  close          closes at once; without it, the end of the client's side does that
  linger S       as close, with SO_LINGER of S seconds
  reset          closes with a RST
  unread N       closes once N bytes are there that it has not read
  die-on HOST S  on HOST, ends the process with status S, or by signal -S
  at-eof A; B    what to do when the client's side has ended
"""

import contextlib
import hashlib
import os
import resource
import select
import signal
import socket
import struct
import sys
import time

PATTERN = bytes(i % 251 for i in range(251 * 256))
DISK = "/srv/upload/"


def pattern(length):
    for at in range(0, length, len(PATTERN)):
        yield PATTERN[: length - at]


class Session:
    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""
        self.at_eof = ["close"]

    def line(self):
        while b"\n" not in self.buffer:
            chunk = self.connection.recv(65536)
            if not chunk:
                return None
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def run(self):
        while (line := self.line()) is not None:
            self.act(line)
        for line in self.at_eof:
            self.act(line.strip())

    def act(self, line):
        word, _, rest = line.partition(" ")
        connection = self.connection
        if word == "echo":
            connection.sendall(rest.encode() + b"\n")
        elif word == "send":
            for piece in pattern(int(rest)):
                connection.sendall(piece)
        elif word == "sum":
            self.sum(rest)
        elif word == "await":
            while not os.path.exists(DISK + rest):
                time.sleep(0.02)
        elif word == "half":
            connection.shutdown(socket.SHUT_WR)
        elif word == "at-eof":
            self.at_eof = rest.split(";")
        elif word == "die-on":
            self.die(*rest.split())
        else:
            self.close(word, rest)

    def sum(self, name):
        count, digest = len(self.buffer), hashlib.sha256(self.buffer)
        self.buffer = b""
        while chunk := self.connection.recv(65536):
            count += len(chunk)
            digest.update(chunk)
        with open(DISK + name + ".new", "w") as file:
            file.write(f"{count} {digest.hexdigest()}\n")
        os.rename(DISK + name + ".new", DISK + name)

    def die(self, host, status):
        if socket.gethostname() != host:
            return
        if int(status) >= 0:
            os._exit(int(status))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), -int(status))

    def close(self, word, rest):
        if word == "unread":
            while len(self.connection.recv(int(rest), socket.MSG_PEEK)) < int(rest):
                time.sleep(0.01)
        elif word in ("linger", "reset"):
            linger = struct.pack("ii", 1, int(rest or 0))
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif word != "close":
            self.connection.sendall(f"no such command: {word}\n".encode())
        self.connection.close()


def serve(connection):
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Session(connection).run()


def listen(family, port):
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(("", port))
    listener.listen(1024)
    return listener


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listeners = [listen(family, int(sys.argv[1])) for family in (socket.AF_INET, socket.AF_INET6)]
    while True:
        for listener in select.select(listeners, [], [])[0]:
            connection = listener.accept()[0]
            read, write = os.pipe()
            if os.fork() == 0:
                # Until the parent has let go of the connection: the last close is the one that counts, and it must be this process's.
                os.close(write)
                os.read(read, 1)
                os.close(read)
                for other in listeners:
                    other.close()
                serve(connection)
                os._exit(0)
            connection.close()
            os.close(read)
            os.close(write)


if __name__ == "__main__":
    main()
