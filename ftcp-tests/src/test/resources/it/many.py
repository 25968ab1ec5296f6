"""Many connections, opened by two processes as fast as they can, each with a request right behind the handshake; then they are kept.

usage: many.py HOST PORT CONNECTIONS FILE     FILE is what /1k.bin must be
stdin: "ask" (each connection asks once more), until its end. Reports JSON lines: "answered", over both processes; the last one says what broke.
"""

import json
import os
import socket
import sys

PROCESSES = 2
PATIENCE = 60
REQUEST = b"GET /1k.bin HTTP/1.1\r\nHost: it\r\n\r\n"


class Asker:
    def __init__(self, address, count, body):
        self.body, self.broken = body, []
        self.all = [self.open(address) for _ in range(count)]

    def open(self, address):
        connection = socket.create_connection(address, timeout=PATIENCE)
        connection.sendall(REQUEST)
        self.receive(connection)
        return connection

    def receive(self, connection):
        data = b""
        try:
            while not data.endswith(self.body):
                chunk = connection.recv(65536)
                if not chunk:
                    raise OSError(f"closed after {len(data)} bytes")
                data += chunk
                if len(data) > 2 * len(self.body):
                    raise OSError(f"wrong bytes: {data[:200]!r}")
        except OSError as failure:
            self.broken.append(f"port {connection.getsockname()[1]}: {failure}")

    def ask(self):
        for connection in self.all:
            try:
                connection.sendall(REQUEST)
            except OSError as failure:
                self.broken.append(f"port {connection.getsockname()[1]}: {failure}")
        for connection in self.all:
            self.receive(connection)


def work(address, count, body, orders, reports):
    asker = Asker(address, count, body)
    while True:
        os.write(reports, (json.dumps({"answered": count, "broken": asker.broken}) + "\n").encode())
        if not os.read(orders, 1):
            return
        asker.ask()


def main():
    address, count = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3])
    with open(sys.argv[4], "rb") as file:
        body = file.read()
    orders, reports = [], []
    for _ in range(PROCESSES):
        (order, give), (take, report) = os.pipe(), os.pipe()
        if os.fork() == 0:
            for fd in (give, take, *orders):
                os.close(fd)
            work(address, count // PROCESSES, body, order, report)
            os._exit(0)
        os.close(order)
        os.close(report)
        orders.append(give)
        reports.append(os.fdopen(take))
    answered = 0
    while True:
        lines = [json.loads(report.readline()) for report in reports]
        answered += sum(line["answered"] for line in lines)
        print(json.dumps({"answered": answered}), flush=True)
        if not sys.stdin.readline():
            break
        for order in orders:
            os.write(order, b"a")
    broken = [failure for line in lines for failure in line["broken"]]
    print(json.dumps({"done": True, "answered": answered, "broken": broken[:9]}), flush=True)


main()
