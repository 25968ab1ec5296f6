"""Client connections that do what they are told, each in a thread of its own.

One JSON line on stdin: {"id": 1, "who": "x", "op": "say", "args": ["echo 1"]}; one on stdout: {"id": 1, "value": ...}, or "error".
Operations of a connection are the methods of Actor; those of the wire to and from the clients' ports, of Wire.
"""

import json
import queue
import socket
import struct
import subprocess
import sys
import threading

PATTERN = bytes(i % 251 for i in range(251 * 256))
# Longer than a timer of TCP that has backed off while other rows were arranged.
PATIENCE = 150
STATES = "- ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING".split()
TCP_INFO = 11
LOCK = threading.Lock()


def answer(number, **fields):
    with LOCK:
        print(json.dumps({"id": number, **fields}), flush=True)


class Actor(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.orders = queue.Queue()
        self.socket = None
        self.buffer = b""

    def run(self):
        while True:
            number, op, args = self.orders.get()
            try:
                answer(number, value=getattr(self, op)(*args))
            except Exception as error:  # whatever it is, the test is to see it
                answer(number, error=f"{type(error).__name__}: {error}")

    def bind(self, ipv6=False, port=0, receive_buffer=0):
        """A socket with a port, which is returned; not connected yet."""
        self.socket = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind(("", port))
        self.buffer = b""
        return self.socket.getsockname()[1]

    def connect(self, host, port):
        self.socket.connect((host, port))

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def pour(self, length):
        """Sends so many bytes of the pattern, from its beginning."""
        for at in range(0, length, len(PATTERN)):
            self.socket.sendall(PATTERN[: length - at])

    def more(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise EOFError(f"end of stream after {self.buffer[:80]!r}")
        self.buffer += chunk

    def line(self):
        while b"\n" not in self.buffer:
            self.more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def take(self, length):
        """Reads so many bytes, which must be the pattern."""
        at = 0
        while at < length:
            if not self.buffer:
                self.more()
            piece, self.buffer = self.buffer[: length - at], self.buffer[length - at :]
            start = at % 251
            if piece != (PATTERN + PATTERN)[start : start + len(piece)]:
                raise ValueError(f"wrong bytes at {at}")
            at += len(piece)

    def end(self):
        """Reads to the end of the stream, at which the next byte must be."""
        if not self.buffer and not (chunk := self.socket.recv(65536)):
            return "EOF"
        raise ValueError(f"bytes instead of the end: {(self.buffer or chunk)[:80]!r}")

    def half(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def state(self):
        return STATES[self.socket.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0]]


class Wire:
    """Drops segments by the client's port, as a classic BPF program at the client's interface."""

    def __init__(self):
        self.lost = {"ingress": {}, "egress": {}}

    def drop(self, direction, port, only=""):
        """direction: ingress or egress as the client sees it; only "open": not the SYN itself; "opening": the SYN itself, for ever."""
        self.lost[direction][port] = only
        self.install(direction)

    def heal_but(self, kept):
        """Nothing is dropped any more, but of these ports."""
        for direction, ports in self.lost.items():
            self.lost[direction] = {port: only for port, only in ports.items() if port in kept or only == "opening"}
            self.install(direction)

    def install(self, direction):
        code = program(self.lost[direction], 0 if direction == "egress" else 2)
        bytecode = f"{len(code)}," + ",".join(" ".join(map(str, step)) for step in code)
        subprocess.run("tc qdisc add dev eth0 clsact".split(), stderr=subprocess.DEVNULL, check=False)
        subprocess.run(
            f"tc filter replace dev eth0 {direction} pref 1 handle 1 protocol all bpf da bytecode".split() + [bytecode],
            check=True,
        )


def program(ports, field):
    """Jumps are counted from the next instruction. TC_ACT_UNSPEC is -1; TC_ACT_STOLEN 4: the sender is not to know that it is local."""
    ldh, ldb, ldx, ldh_x, ldb_x, jeq, jset, ret, ja = 0x28, 0x30, 0xB1, 0x48, 0x50, 0x15, 0x45, 0x06, 0x05
    code = [(ldh, 0, 0, 12), (jeq, 1, 0, 0x0800), (ja, 0, 0, None), (ldb, 0, 0, 23), (jeq, 0, None, 6), (ldx, 0, 0, 14)]
    part = []
    for base, load_h, load_b in ((14, ldh_x, ldb_x), (54, ldh, ldb)):
        body = []
        for port, only in ports.items():
            body.append((load_h, 0, 0, base + field))
            if only:
                is_lost = (0, 1) if only == "opening" else (1, 0)
                body += [(jeq, 0, 3, port), (load_b, 0, 0, base + 13), (jset, *is_lost, 2), (ret, 0, 0, 4)]
            else:
                body += [(jeq, 0, 1, port), (ret, 0, 0, 4)]
        part.append(body + [(ret, 0, 0, 0xFFFFFFFF)])
    v4, v6 = part
    code[2] = (ja, 0, 0, 3 + len(v4))
    code[4] = (jeq, 0, len(v4), 6)
    head6 = [(jeq, 0, len(v6) + 1, 0x86DD), (ldb, 0, 0, 20), (jeq, 0, len(v6) - 1, 6)]
    return code + v4 + head6 + v6 + [(ret, 0, 0, 0xFFFFFFFF)]


def main():
    actors, wire = {}, Wire()
    for line in sys.stdin:
        order = json.loads(line)
        if order["who"]:
            if order["who"] not in actors:
                actors[order["who"]] = Actor()
                actors[order["who"]].start()
            actors[order["who"]].orders.put((order["id"], order["op"], order["args"]))
            continue
        try:
            answer(order["id"], value=getattr(wire, order["op"])(*order["args"]))
        except Exception as error:  # see above
            answer(order["id"], error=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
