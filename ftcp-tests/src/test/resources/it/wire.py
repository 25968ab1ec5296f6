"""A wire's end: frames between a network interface and stdin/stdout, each as u16 length and bytes. Of IPv4 only what goes to the
addresses from FIRST to LAST (their last byte). usage: wire.py INTERFACE FIRST LAST"""

import os
import selectors
import socket
import struct
import sys

interface, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ETH_P_ALL, ARP, IPV4, OUTGOING = 3, 0x0806, 0x0800, 4
SO_RCVBUFFORCE = 33

link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
link.bind((interface, 0))
link.setblocking(False)


def wanted(frame):
    kind = struct.unpack_from("!H", frame, 12)[0]
    return kind == ARP or (kind == IPV4 and len(frame) >= 34 and first <= frame[33] <= last)


def receive():
    try:
        while True:
            frame, address = link.recvfrom(65536)
            if address[2] != OUTGOING and wanted(frame):
                sys.stdout.buffer.write(struct.pack("!H", len(frame)) + frame)
    except BlockingIOError:
        sys.stdout.buffer.flush()


pending = b""


def send():
    global pending
    data = os.read(0, 65536)
    if not data:
        sys.exit(0)
    pending += data
    while len(pending) >= 2:
        end = 2 + struct.unpack_from("!H", pending)[0]
        if len(pending) < end:
            return
        link.send(pending[2:end])
        pending = pending[end:]


selector = selectors.DefaultSelector()
selector.register(link, selectors.EVENT_READ, receive)
selector.register(0, selectors.EVENT_READ, send)
while True:
    for key, _ in selector.select():
        key.data()
