"""An HTTP service whose answers show which instance gave them. usage: instance.py PORT

  /same   the same bytes on every host
  /big    200 KiB, the same bytes on every host, without a validator
  /token  the host's name and a token that is never the same again; its length differs between hosts, its head does not

Each answer is one write. How many were written is in /srv/upload/answers.
"""

import contextlib
import secrets
import socket
import sys
import threading

HOST = socket.gethostname()
LENGTH = {"a": 40, "b": 60}
BIG = bytes(i % 251 for i in range(200 << 10))
LOCK = threading.Lock()
answers = 0


def body(path):
    if path == b"/same":
        return b"the same everywhere\n"
    if path == b"/big":
        return BIG
    text = f"{HOST} "
    return (text + secrets.token_hex(64))[: LENGTH[HOST]].encode()


def count():
    global answers
    with LOCK:
        answers += 1
        with open("/srv/upload/answers", "w") as file:
            file.write(f"{answers}\n")


def serve(connection):
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
            while b"\r\n\r\n" in data:
                head, data = data.split(b"\r\n\r\n", 1)
                content = body(head.split()[1])
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %06d\r\n\r\n" % len(content) + content)
                count()


with socket.create_server(("", int(sys.argv[1])), backlog=64) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
