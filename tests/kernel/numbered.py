#!/usr/bin/env python3
"""Numbered datagrams, so that a lost, doubled or strange one is seen.

    numbered.py send SOURCE DESTINATION PORT COUNT SECONDS
    numbered.py receive ADDRESS PORT COUNT SECONDS   waits that long for all; prints a line when ready

Once some have come, ten seconds without another are the end.
"""
import socket
import struct
import sys
import time

from wire import MARK

OCTETS = 1000
SILENCE_S = 10
SO_RCVBUFFORCE = 33


def send(source, destination, port, count, seconds):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.bind((source, 0))
    started = time.monotonic()
    for number in range(count):
        out.sendto((MARK + struct.pack(">I", number)).ljust(OCTETS, b"."), (destination, port))
        time.sleep(max(0, started + (number + 1) * seconds / count - time.monotonic()))


def receive(address, port, count, seconds):
    into = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # On a machine that stands still for seconds all that was due comes at once.
    into.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    into.bind((address, port))
    print("ready", flush=True)
    seen, doubled, deadline = set(), 0, time.monotonic() + seconds
    while len(seen) < count and time.monotonic() < deadline:
        left = max(0.01, deadline - time.monotonic())
        into.settimeout(min(left, SILENCE_S) if seen else left)
        try:
            data = into.recv(2 * OCTETS)
        except TimeoutError:
            break
        number = struct.unpack_from(">I", data, len(MARK))[0]
        doubled += number in seen
        seen.add(number)
    lost = sorted(set(range(count)) - seen)
    print(f"{len(seen)} of {count}, {doubled} doubled, lost {lost[:20]}")
    sys.exit(0 if not lost and not doubled and len(seen) == count else 1)


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6]))
    else:
        receive(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
