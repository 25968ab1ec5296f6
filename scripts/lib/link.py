"""A bad link: what passes between two interfaces is lost, doubled, damaged, delayed, or comes out of order.

usage: link.py HOSTS-SIDE BRIDGES-SIDE [SETTING=VALUE]...      two interfaces; ends when stdin does
settings, for both directions:
  loss, duplicate, corrupt   share of the packets, 0 to 1; corrupt flips one bit behind the Ethernet header
  reorder                    share that overtakes what came up to 3 ms before
  delay                      ms that every packet takes, at least 3 with reorder
  deaf                       1: who asks or says where an address is (ARP, neighbour discovery) is not heard
  mtu                        longer packets are answered as by a router: ICMP fragmentation needed, ICMPv6 packet too big
A line with settings on stdin changes them. The random numbers' seed is fixed; the order of packets is not.
"""

import heapq
import random
import select
import socket
import struct
import sys
import time

PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE, SOL_PACKET, ETH_P_ALL = 23, 33, 263, 3
ETHERNET, IPV4, IPV6, ARP = 14, b"\x08\x00", b"\x86\xdd", b"\x08\x06"
# ICMPv6 neighbour solicitation and advertisement (RFC 4861, sections 4.3 and 4.4), behind an IPv6 header without extensions.
ICMP6, NEIGHBOUR = 58, (135, 136)
LONGEST, BUFFER = 65600, 4 << 20
OVERTAKES = 0.003
ROUTER = bytes([10, 77, 0, 254])
ROUTER6 = bytes.fromhex("fd77" + "0" * 26 + "fe")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def too_big6(frame, mtu):
    """RFC 4443, section 3.2: it carries as much of the packet as fits into the least MTU of IPv6."""
    packet = frame[ETHERNET : ETHERNET + 1232]
    packet += bytes(len(packet) % 2)
    message = struct.pack("!BBHI", 2, 0, 0, mtu) + packet
    addresses = ROUTER6 + packet[8:24]
    message = message[:2] + struct.pack("!H", checksum(addresses + struct.pack("!II", len(message), 58) + message)) + message[4:]
    return frame[6:12] + frame[:6] + IPV6 + struct.pack("!IHBB", 6 << 28, len(message), 58, 64) + addresses + message


def too_big(frame, mtu):
    """RFC 1191: what a router says of a packet that may not be fragmented."""
    if frame[12:14] == IPV6:
        return too_big6(frame, mtu)
    packet = frame[ETHERNET:]
    message = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + packet[:28]
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0, ROUTER, packet[12:16])
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return frame[6:12] + frame[:6] + IPV4 + header + message


def is_about_neighbours(frame):
    return frame[12:14] == ARP or frame[12:14] == IPV6 and len(frame) > 54 and frame[20] == ICMP6 and frame[54] in NEIGHBOUR


def open_interface(name):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    port.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    port.bind((name, 0))
    port.setblocking(False)
    return port


class Link:
    def __init__(self, ports):
        self.ports = ports
        self.random = random.Random(1)
        self.late = []
        self.count = 0
        self.host = b""
        self.settings = dict.fromkeys(("loss", "duplicate", "corrupt", "reorder", "delay", "mtu", "deaf"), 0.0)

    def change(self, words):
        for word in words:
            name, value = word.split("=")
            if name not in self.settings:
                raise SystemExit(f"link.py: no such setting: {name}")
            self.settings[name] = float(value)

    def happens(self, name):
        return self.settings[name] > 0 and self.random.random() < self.settings[name]

    def send(self, port, frame):
        try:
            port.send(frame)
        except OSError:
            pass  # the queue is full, or the interface is down: lost, as on any link

    def passes(self, frame, source, target):
        mtu = int(self.settings["mtu"])
        if source is self.ports[0]:
            self.host = frame[6:12]
        # A bridge that does not know where a frame belongs sends it to all.
        mine = source is self.ports[0] or frame[:6] == self.host
        if mtu and mine and len(frame) - ETHERNET > mtu and frame[12:14] in (IPV4, IPV6):
            self.send(source, too_big(frame, mtu))
            return
        if self.happens("loss") or self.settings["deaf"] and is_about_neighbours(frame):
            return
        if self.happens("corrupt"):
            frame = bytearray(frame)
            bit = self.random.randrange(ETHERNET * 8, len(frame) * 8)
            frame[bit // 8] ^= 1 << bit % 8
        delay = self.settings["delay"] / 1000
        if self.settings["reorder"]:
            delay = max(delay, OVERTAKES)
            if self.happens("reorder"):
                delay -= OVERTAKES
        for _ in range(2 if self.happens("duplicate") else 1):
            if delay:
                self.count += 1
                heapq.heappush(self.late, (time.monotonic() + delay, self.count, target, frame))
            else:
                self.send(target, frame)

    def run(self):
        poll = select.poll()
        others = {port.fileno(): (port, self.ports[1 - i]) for i, port in enumerate(self.ports)}
        for fd in [*others, sys.stdin.fileno()]:
            poll.register(fd, select.POLLIN)
        while True:
            wait = max(0.0, self.late[0][0] - time.monotonic()) * 1000 if self.late else None
            for fd, _ in poll.poll(wait):
                if fd not in others:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.change(line.split())
                    continue
                source, target = others[fd]
                try:
                    for _ in range(64):
                        self.passes(source.recv(LONGEST), source, target)
                except BlockingIOError:
                    pass
                except OSError:
                    return  # the interface is gone
            while self.late and self.late[0][0] <= time.monotonic():
                _, _, target, frame = heapq.heappop(self.late)
                self.send(target, frame)


def main():
    link = Link([open_interface(name) for name in sys.argv[1:3]])
    link.change(sys.argv[3:])
    print('{"ready": 1}', flush=True)
    link.run()
    print('{"done": true}', flush=True)


main()
