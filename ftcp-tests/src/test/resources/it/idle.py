"""One connection: a request at once, another one after a line on stdin. Reports JSON lines.

usage: idle.py HOST PORT [SOURCE]       SOURCE as in fe80::1%eth0
"""

import json
import socket
import sys


def report(**fields):
    print(json.dumps(fields), flush=True)


def ask(connection, host):
    name = f"[{host}]" if ":" in host else host
    connection.sendall(f"GET /hello HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
    data = b""
    while not data.endswith(b"\r\n\r\nhello from ftcp\n"):
        chunk = connection.recv(4096)
        if not chunk:
            raise OSError(f"closed by the server after {data!r}")
        data += chunk
    if data.count(b"HTTP/1.1 ") != 1 or not data.startswith(b"HTTP/1.1 200 OK\r\n"):
        raise OSError(f"a wrong answer: {data!r}")


answers = 0
error = ""
try:
    family, _, _, _, address = socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(60)
        if len(sys.argv) > 3:
            # With its scope, which a link-local address needs.
            connection.bind(socket.getaddrinfo(sys.argv[3], 0, family)[0][4])
        connection.connect(address)
        ask(connection, sys.argv[1])
        answers = 1
        report(answers=answers)
        sys.stdin.readline()
        ask(connection, sys.argv[1])
        answers = 2
except OSError as failure:
    error = str(failure)
report(answers=answers, error=error, done=True)
