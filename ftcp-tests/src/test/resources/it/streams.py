"""A client with two connections that never rest: one gets a file again and again, one puts pieces of another; every byte compared.

usage: streams.py HOST PORT NAME KNOBS   KNOBS is a JSON object:
  get, size             which file is got; bytes of every piece that is put
  write, pause, rest    bytes per write, seconds after it, seconds between rounds
  options               socket options, set before connect
  holds                 stop reading at "hold" until "resume"
  same                  put every piece under the same name
  wraps                 connect until the initial sequence number of what is sent (up) or got (down) is at most so far before 0, and
                        stop short of that until "resume"
stdin: "hold", "resume", "finish" (end after what is under way)
Reports JSON lines; the last one says for "down" and "up" what went wrong, if anything, and which files were put:
[name, offset in 200m.bin, size] each.
"""

import json
import mmap
import socket
import struct
import sys
import threading
import time

WWW = "/srv/www/"
PATIENCE = 90
# A handshake that was not seen this long after it was made will not be.
UNSEEN = 0.5
# Bytes that a stream stops before its sequence numbers wrap.
SHORT = 20_000
# Names of socket options that Python lacks or has not everywhere.
NUMBERS = {"TCP_USER_TIMEOUT": 18, "TCP_CONGESTION": 13, "TCP_MAXSEG": 2, "TCP_NODELAY": 1, "TCP_KEEPIDLE": 4}
NUMBERS |= {"TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 6, "TCP_WINDOW_CLAMP": 10, "TCP_QUICKACK": 12}


class Stream(threading.Thread):
    def __init__(self, address, knobs):
        super().__init__(daemon=True)
        self.address, self.knobs = address, knobs
        self.amount, self.rounds, self.error = 0, 0, ""
        self.gap, self.last = 0.0, time.monotonic()
        self.files = []
        self.buffer = b""
        self.wrap, self.ticks = None, 0

    def prepare(self):
        try:
            self.socket = self.connect()
        except OSError as failure:
            self.error = f"connect: {failure!r}"

    def run(self):
        if self.error:
            return
        try:
            with self.socket:
                while not (finishing.is_set() and self.rounds):
                    self.once()
                    self.rounds += 1
        except OSError as failure:
            self.error = self.error or str(failure) or repr(failure)

    def connect(self):
        wraps = self.knobs.get("wraps")
        if not wraps:
            return self.open()
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3)) as wire:
            wire.settimeout(UNSEEN)
            while True:
                connection = self.open()
                isn = self.isn(wire, connection.getsockname()[1])
                self.wrap = None if isn is None else -isn % (1 << 32)
                if self.wrap is not None and SHORT * 3 < self.wrap <= wraps:
                    return connection
                connection.close()

    def isn(self, wire, port):
        """The initial sequence number: from the SYN, or from the SYN-ACK; None if it was lost among the other stream's packets."""
        end = time.monotonic() + UNSEEN
        while time.monotonic() < end:
            try:
                packet = wire.recv(2048)
            except TimeoutError:
                break
            if packet[9] != socket.IPPROTO_TCP or len(packet) < 40 or not packet[33] & 2:
                continue
            if port == struct.unpack_from("!H", packet, 22 if self.DOWN else 20)[0] and bool(packet[33] & 16) == self.DOWN:
                return struct.unpack_from("!I", packet, 24)[0]
        return None

    def stop_short(self, total):
        """Of so many bytes so far in the stream whose numbers will wrap."""
        while self.wrap is not None and total >= self.wrap - SHORT and not resumed.is_set():
            self.ticks += 1
            time.sleep(0.05)

    def rest(self):
        if self.knobs.get("rest") and (self.wrap is None or resumed.is_set()):
            time.sleep(self.knobs["rest"])

    def open(self):
        connection = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET)
        connection.settimeout(PATIENCE)
        for name, value in self.knobs.get("options", {}).items():
            if name in NUMBERS:
                value = value.encode() if isinstance(value, str) else value
                connection.setsockopt(socket.IPPROTO_TCP, NUMBERS[name], value)
            else:
                connection.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        connection.connect(self.address)
        return connection

    def progress(self, amount):
        now = time.monotonic()
        self.gap = max(self.gap, now - self.last)
        self.last = now
        self.amount += amount

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        return lines[0], int(fields.get("content-length", 0))

    def more(self):
        while holding.is_set() and self.knobs.get("holds"):
            time.sleep(0.01)
        if self.DOWN:
            self.stop_short(self.amount)
        data = self.socket.recv(65536)
        if not data:
            raise OSError(f"closed by the service after {self.amount} bytes")
        self.progress(len(data))
        self.buffer += data


class Down(Stream):
    DOWN = True

    def once(self):
        self.rest()
        name = self.knobs.get("get", "1m.bin")
        self.socket.sendall(f"GET /{name} HTTP/1.1\r\nHost: it\r\n\r\n".encode())
        status, length = self.head()
        if status != "HTTP/1.1 200 OK" or length != len(content[name]):
            raise OSError(f"a wrong answer: {status}, {length} bytes")
        at = 0
        while at < length:
            if not self.buffer:
                self.more()
            data, self.buffer = self.buffer[: length - at], self.buffer[length - at :]
            if data != content[name][at : at + len(data)]:
                raise OSError(f"wrong bytes in {name} from {at}")
            at += len(data)


class Up(Stream):
    DOWN = False

    def once(self):
        self.rest()
        size = self.knobs.get("size", 1 << 20)
        source = content["200m.bin"]
        offset = (len(self.files) * 7 + 1) * 999_983 % (len(source) - size)
        name = f"{sys.argv[3]}-{0 if self.knobs.get('same') else len(self.files)}.bin"
        head = f"PUT /upload/{name} HTTP/1.1\r\nHost: it\r\nContent-Length: {size}\r\n\r\n"
        self.socket.sendall(head.encode())
        step = self.knobs.get("write", 1 << 16)
        for at in range(0, size, step):
            n = min(step, size - at)
            self.stop_short(self.amount + n)
            self.socket.sendall(source[offset + at : offset + at + n])
            self.progress(n)
            if self.knobs.get("pause"):
                time.sleep(self.knobs["pause"])
        status, length = self.head()
        if status.split()[1] not in ("201", "204") or length:
            raise OSError(f"a wrong answer: {status}, {length} bytes")
        self.files.append([name, offset, size])


def report(streams, **more):
    moving = sum(s.amount > 30_000 or s.rounds > 0 or s.ticks > 0 or s.error != "" for s in streams)
    fields = {"bytes": sum(s.amount + s.ticks for s in streams), "moving": moving, "down_bytes": streams[0].amount, "up_bytes": streams[1].amount}
    print(json.dumps({**fields, **more}), flush=True)


def listen():
    for line in sys.stdin:
        word = line.strip()
        if word == "hold":
            holding.set()
        elif word == "resume":
            holding.clear()
            resumed.set()
        else:
            break
    holding.clear()
    resumed.set()
    finishing.set()


content = {}
for path in ("1k.bin", "16k.bin", "1m.bin", "200m.bin", "500m.bin"):
    with open(WWW + path, "rb") as file:
        content[path] = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
holding, resumed, finishing = threading.Event(), threading.Event(), threading.Event()
knobs = json.loads(sys.argv[4])
address = (sys.argv[1], int(sys.argv[2]))
down, up = Down(address, knobs), Up(address, knobs)
threading.Thread(target=listen, daemon=True).start()
# One after the other: the search for a sequence number would drown in the bytes of a stream.
for stream in (down, up):
    stream.prepare()
for stream in (down, up):
    stream.start()
while down.is_alive() or up.is_alive():
    report((down, up))
    time.sleep(0.1)
if knobs.get("same"):
    del up.files[:-1]
report(
    (down, up),
    done=True,
    down={"error": down.error, "rounds": down.rounds, "bytes": down.amount, "gap_ms": round(down.gap * 1000)},
    up={"error": up.error, "rounds": up.rounds, "bytes": up.amount, "gap_ms": round(up.gap * 1000), "files": up.files},
)
