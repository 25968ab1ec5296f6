"""One connection: a request at once, another one after a line on stdin. Reports JSON lines. usage: idle.py HOST PORT"""

import json
import socket
import sys


def report(**fields):
    print(json.dumps(fields), flush=True)


def ask(connection, host):
    connection.sendall(f"GET /hello HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
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
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60) as connection:
        ask(connection, sys.argv[1])
        answers = 1
        report(answers=answers)
        sys.stdin.readline()
        ask(connection, sys.argv[1])
        answers = 2
except OSError as failure:
    error = str(failure)
report(answers=answers, error=error, done=True)
