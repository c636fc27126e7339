#!/usr/bin/env python3
"""Sends one datagram to each of COUNT addresses from BASE on, as fast as the kernel takes them.
Usage: spray.py BASE COUNT"""
import ipaddress
import socket
import sys

base, count = int(ipaddress.ip_address(sys.argv[1])), int(sys.argv[2])
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setblocking(False)
for number in range(base, base + count):
    try:
        out.sendto(b"spray", (str(ipaddress.ip_address(number)), 9))
    except OSError:
        pass
