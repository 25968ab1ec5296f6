"""The lab's address without ftcp: given to a host and announced by gratuitous ARP or neighbour advertisement, as a plain failover
does it.

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
    (advertise if ":" in address else announce_arp)(address, mac)


def advertise(address, mac):
    # RFC 4861, section 4.4: override flag, target, and the target's link-layer address; all nodes, hop limit 255.
    message = struct.pack("!BBHI", 136, 0, 0, 1 << 29) + socket.inet_pton(socket.AF_INET6, address) + b"\x02\x01" + mac
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as icmp:
        icmp.bind((address, 0))
        icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        icmp.sendto(message, ("ff02::1", 0, 0, socket.if_nametoindex(INTERFACE)))


def announce_arp(address, mac):
    ip = socket.inet_aton(address)
    broadcast = b"\xff" * 6
    # RFC 826 layout: Ethernet, IPv4, request; sender and target are the address itself (RFC 5227, announcement).
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + ip + bytes(6) + ip
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as packet:
        packet.bind((INTERFACE, 0))
        packet.send(broadcast + mac + struct.pack("!H", 0x0806) + arp)


def take(host, address):
    """From outside: HOST takes the virtual address."""
    from lab import LIB, lab

    prefix = [f"{address}/128", "nodad"] if ":" in address else [f"{address}/32"]
    lab("run", host, "--", "ip", "address", "add", *prefix, "dev", INTERFACE)
    lab("run", host, "--", sys.executable, os.path.join(LIB, "announce.py"), address)


if __name__ == "__main__":
    announce(sys.argv[1])
