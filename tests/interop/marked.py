#!/usr/bin/env python3
"""Marked packets, and who sees them in clear.

    marked.py send COUNTER RATE SOURCE,DESTINATION,PORT...   UDP datagrams with the mark, RATE a second
                                                             in all, taken in turns; SOURCE - is any
    marked.py hear COUNTER ADDRESS,PORT...                   counts the datagrams that arrive
    marked.py watch COUNTER DEVICE...                        counts the frames in which the mark stands,
                                                             in clear, whatever is around it

COUNTER is a file that holds the numbers of now, one line: "COUNT ..." ("watch": frames with the mark,
all frames, frames that the kernel lost before we saw them). They end with SIGTERM.
"""
import os
import select
import signal
import socket
import struct
import sys
import time

MARK = b"Entente.mark.pin"
ETH_P_ALL = 3
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_STATISTICS = 263, 6


class Counter:
    """Numbers in a file, renewed at most twenty times a second."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        self.written = 0.0

    def write(self, numbers, now, force=False):
        if not force and now - self.written < 0.05:
            return
        self.written = now
        os.pwrite(self.fd, (" ".join("%d" % n for n in numbers) + " \n").encode(), 0)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def open_flow(text):
    source, destination, port = text.split(",")
    flow = socket.socket(family(destination), socket.SOCK_DGRAM)
    flow.setblocking(False)
    return flow, source, (destination, int(port)), [source == "-"]


def send(counter, rate, flows):
    """Nothing that the kernel answers stops it: a refused packet is one that did not leave."""
    flows = [open_flow(flow) for flow in flows]
    sent, start = 0, time.monotonic()
    while True:
        now = time.monotonic()
        due = int((now - start) * rate)
        if due <= sent:
            time.sleep(0.005)
            continue
        if due - sent > rate:  # we slept: the debt is not sent in one go
            start = now - sent / rate
        out, source, to, bound = flows[sent % len(flows)]
        sent += 1
        try:
            if not bound[0]:  # an address that may not be there yet
                out.bind((source, 0))
                bound[0] = True
            out.sendto(MARK + struct.pack("!Q", sent) + MARK, to)
        except OSError:
            pass
        counter.write([sent], now)


def hear(counter, places):
    sockets = []
    for place in places:
        address, port = place.split(",")
        sockets.append(socket.socket(family(address), socket.SOCK_DGRAM))
        sockets[-1].bind((address, int(port)))
        sockets[-1].setblocking(False)
    heard = [0] * len(sockets)
    while True:
        ready = select.select(sockets, [], [], 0.05)[0]
        for i, one in enumerate(sockets):
            while one in ready:
                try:
                    heard[i] += one.recv(2048).startswith(MARK)
                except OSError:
                    break
        counter.write(heard, time.monotonic(), not ready)


def watch(counter, devices):
    wires = []
    for device in devices:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        wire.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        wire.bind((device, ETH_P_ALL))
        wire.setblocking(False)
        wires.append(wire)
    marked = frames = lost = 0
    kept = open(counter_path + ".first", "wb")
    print("watching", flush=True)
    while True:
        ready = select.select(wires, [], [], 0.05)[0]
        for wire in ready:
            while True:
                try:
                    frame = wire.recv(65535)
                except OSError:  # nothing more, or the device is down
                    break
                frames += 1
                if MARK in frame:
                    marked += 1
                    if marked == 1:
                        kept.write(frame)
                        kept.flush()
        for wire in wires if not ready else ():
            lost += struct.unpack("=II", wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        counter.write([marked, frames, lost], time.monotonic(), not ready)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
counter_path = sys.argv[2]
{"send": lambda c: send(c, int(sys.argv[3]), sys.argv[4:]),
 "hear": lambda c: hear(c, sys.argv[3:]),
 "watch": lambda c: watch(c, sys.argv[3:])}[sys.argv[1]](Counter(counter_path))
