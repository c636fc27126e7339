"""Reads a capture without help: what was between which addresses, and whether a mark stands in it."""
import collections
import ipaddress
import struct

MARK = b"Entente.mark.pin"
ESP, AH, UDP, TCP, ICMP, ICMP6 = 50, 51, 17, 6, 1, 58


class Wire:
    """counts[(source, destination)][protocol] packets; marked[(source, destination)]: in clear."""

    def __init__(self, path):
        self.counts = collections.defaultdict(collections.Counter)
        self.marked = collections.Counter()
        self.packets = 0
        with open(path, "rb") as file:
            data = file.read()
        if data[:4] != b"\xd4\xc3\xb2\xa1":
            raise ValueError(f"{path} is not a capture of this machine")
        offset = 24
        while offset + 16 <= len(data):
            kept = struct.unpack_from("<I", data, offset + 8)[0]
            self.add(data[offset + 16:offset + 16 + kept])
            offset += 16 + kept

    def add(self, frame):
        self.packets += 1
        kind, packet = frame[12:14], frame[14:]
        if kind == b"\x08\x00" and len(packet) >= 20:
            pair = tuple(str(ipaddress.IPv4Address(packet[at:at + 4])) for at in (12, 16))
            protocol, body = packet[9], packet[(packet[0] & 15) * 4:]
        elif kind == b"\x86\xdd" and len(packet) >= 40:
            pair = tuple(str(ipaddress.IPv6Address(packet[at:at + 16])) for at in (8, 24))
            protocol, body = packet[6], packet[40:]
        else:
            return
        name = protocol
        if protocol == UDP and len(body) >= 8 and struct.unpack_from(">H", body, 2)[0] in (500, 4500):
            name = "ike"
        elif protocol == ICMP6 and body and 133 <= body[0] <= 137:
            name = "neighbours"
        self.counts[pair][name] += 1
        # AH authenticates and hides nothing: the mark may be seen behind it, and only there.
        if protocol != AH and MARK in body:
            self.marked[pair] += 1
