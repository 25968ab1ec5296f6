"""The lab's address without ftcp: given to a host and announced by gratuitous ARP, as a plain failover does it.

usage: announce.py ADDRESS              (in the host)
"""

import os
import socket
import struct
import sys

INTERFACE = "eth0"


def announce(address):
    with open(f"/sys/class/net/{INTERFACE}/address") as file:
        mac = bytes.fromhex(file.read().strip().replace(":", ""))
    ip = socket.inet_aton(address)
    broadcast = b"\xff" * 6
    # RFC 826 layout: Ethernet, IPv4, request; sender and target are the address itself (RFC 5227, announcement).
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + ip + bytes(6) + ip
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as packet:
        packet.bind((INTERFACE, 0))
        packet.send(broadcast + mac + struct.pack("!H", 0x0806) + arp)


def take(host):
    """From outside: HOST takes the virtual address."""
    from lab import LIB, VIP, lab

    lab("run", host, "--", "ip", "address", "add", f"{VIP}/32", "dev", INTERFACE)
    lab("run", host, "--", sys.executable, os.path.join(LIB, "announce.py"), VIP)


if __name__ == "__main__":
    announce(sys.argv[1])
