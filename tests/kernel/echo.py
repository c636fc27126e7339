#!/usr/bin/env python3
"""Sends and answers over UDP and TCP, with the mark in every packet.

    echo.py answer [PROTOCOL:PORT:ADDRESS...]           prints a line when it is ready; runs until killed
    echo.py send PROTOCOL SOURCE DESTINATION OURS:THEIRS...   "all answered", or a failure
"""
import selectors
import socket
import sys
import time

from cases import DATAGRAMS
from wire import MARK

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def open_socket(protocol, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, KINDS[protocol])
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((address, port))
    return opened


def answer(ends):
    waiting = selectors.DefaultSelector()
    for end in ends:
        protocol, port, address = end.split(":", 2)
        opened = open_socket(protocol, address, int(port))
        if protocol == "tcp":
            opened.listen(8)
        waiting.register(opened, selectors.EVENT_READ, "listen" if protocol == "tcp" else "datagram")
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select(None if ends else 3600):
            if key.data == "listen":
                accepted, _ = key.fileobj.accept()
                waiting.register(accepted, selectors.EVENT_READ, "stream")
            elif key.data == "datagram":
                data, sender = key.fileobj.recvfrom(2048)
                key.fileobj.sendto(data, sender)
            else:
                data = key.fileobj.recv(2048)
                if data:
                    key.fileobj.sendall(data)
                else:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()


def send(protocol, source, destination, flows):
    for flow in flows:
        ours, theirs = (int(word) for word in flow.split(":"))
        opened = open_socket(protocol, source, ours)
        opened.settimeout(8)
        opened.connect((destination, theirs))
        for number in range(DATAGRAMS):
            data = MARK + b"%d" % number
            opened.send(data)
            if opened.recv(2048) != data:
                sys.exit(f"{flow}: answer {number} differs")
            time.sleep(0.02)
        opened.close()
    print("all answered")


if __name__ == "__main__":
    if sys.argv[1] == "answer":
        answer(sys.argv[2:])
    else:
        send(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
