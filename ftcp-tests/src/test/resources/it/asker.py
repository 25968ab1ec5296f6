"""One connection: asks for PATH at once, and again for each line on stdin; ends with stdin, or when the connection does.

Reports JSON lines: the answers so far, each as a SHA-256 and its first bytes, and the client's port. usage: asker.py HOST PORT PATH
"""

import hashlib
import json
import re
import socket
import sys

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
bodies = []


def report(**more):
    print(json.dumps({"port": own, "answers": len(bodies), "bodies": bodies, **more}), flush=True)


def ask(connection):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    data = b""
    while True:
        head, separator, body = data.partition(b"\r\n\r\n")
        if separator:
            match = re.fullmatch(rb"HTTP/1\.1 200 OK\r\nContent-Length: (\d+)", head)
            if not match or len(body) > int(match[1]):
                raise OSError(f"a wrong answer: {data[:200]!r}")
            if len(body) == int(match[1]):
                break
        chunk = connection.recv(1 << 20)
        if not chunk:
            raise OSError(f"closed by the server after {data[:200]!r}")
        data += chunk
    bodies.append({"sha256": hashlib.sha256(body).hexdigest(), "begin": body[:80].decode("latin-1")})


error = ""
with socket.create_connection((host, port), timeout=60) as connection:
    own = connection.getsockname()[1]
    try:
        ask(connection)
        report()
        for _ in sys.stdin:
            ask(connection)
            report()
    except OSError as failure:
        error = f"{type(failure).__name__}: {failure}"
report(error=error, done=True)
