"""A deterministic service: carries out the lines that a client sends, in order. usage: scripted.py PORT

  echo TEXT      answers with the line TEXT
  send N         sends N bytes of PATTERN
  sum NAME       reads to the client's end, then writes "COUNT SHA256" of what came to /srv/upload/NAME
  await NAME     waits until /srv/upload/NAME exists, which a test makes
  half           ends its own side, goes on reading
  close          closes at once; without it, the end of the client's side does that
  linger S       as close, with SO_LINGER of S seconds
  reset          closes with a RST
  unread N       closes once N bytes are there that it has not read
  exit S, abort  ends the whole process with status S, or by SIGABRT
  at-eof A; B    what to do when the client's side has ended
"""

import contextlib
import hashlib
import os
import socket
import struct
import sys
import threading
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
        elif word == "exit":
            os._exit(int(rest))
        elif word == "abort":
            os.abort()
        else:
            self.close(word, rest)

    def sum(self, name):
        count, digest = len(self.buffer), hashlib.sha256(self.buffer)
        while chunk := self.connection.recv(65536):
            count += len(chunk)
            digest.update(chunk)
        with open(DISK + name + ".new", "w") as file:
            file.write(f"{count} {digest.hexdigest()}\n")
        os.rename(DISK + name + ".new", DISK + name)

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
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(("", port))
        listener.listen(1024)
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    threading.Thread(target=listen, args=(socket.AF_INET6, int(sys.argv[1])), daemon=True).start()
    listen(socket.AF_INET, int(sys.argv[1]))
