"""ESP of one pair, enough to answer a ping and to send one. RFC 4303; RFC 792 for the echo."""
import hmac
import os
import socket
import struct

from . import crypto

ICMP, IPV4 = 1, 4
ECHO_REQUEST, ECHO_REPLY = 8, 0


def checksum(octets):
    """RFC 1071."""
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(kind, identifier, sequence, data):
    message = struct.pack("!BBHHH", kind, 0, 0, identifier, sequence) + data
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def ipv4(source, destination, protocol, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


class Esp:
    """Seals and opens packets; the sequence numbers that came must rise."""

    def __init__(self, pair):
        self.pair, self.sent, self.received = pair, 0, 0
        cipher_octets = crypto.CIPHERS[pair.cipher][2]
        _, self.hash_name, _, self.icv = crypto.INTEGRITY[pair.integrity]
        self.ways = {}
        for way, keymat in (("in", pair.keymat_in), ("out", pair.keymat_out)):
            self.ways[way] = crypto.Cbc(pair.cipher, keymat[:cipher_octets]), keymat[cipher_octets:]

    def seal(self, next_header, payload):
        cbc, key = self.ways["out"]
        self.sent += 1
        padding = bytes(range(1, 1 + -(len(payload) + 2) % cbc.block))
        iv = os.urandom(cbc.block)
        packet = self.pair.spi_out + struct.pack("!L", self.sent) + iv + cbc.encrypt(
            iv, payload + padding + bytes([len(padding), next_header]))
        return packet + hmac.new(key, packet, self.hash_name).digest()[:self.icv]

    def open(self, packet):
        """(next header, payload); ValueError where the packet is not right."""
        cbc, key = self.ways["in"]
        if len(packet) < 8 + 2 * cbc.block + self.icv or packet[:4] != self.pair.spi_in:
            raise ValueError("not a packet of this SA")
        sealed, icv = packet[:-self.icv], packet[-self.icv:]
        if not hmac.compare_digest(hmac.new(key, sealed, self.hash_name).digest()[:self.icv], icv):
            raise ValueError("the ICV is wrong")
        sequence = struct.unpack("!L", packet[4:8])[0]
        if sequence <= self.received:
            raise ValueError("sequence number %d after %d" % (sequence, self.received))
        self.received = sequence
        plain = cbc.decrypt(sealed[8:8 + cbc.block], sealed[8 + cbc.block:])
        padding, next_header = plain[-2], plain[-1]
        if padding + 2 > len(plain) or plain[len(plain) - 2 - padding:-2] != bytes(range(1, 1 + padding)):
            raise ValueError("the padding is wrong")
        return next_header, plain[:len(plain) - 2 - padding]

    def wrap(self, source, destination, message):
        """An ICMP message as the mode wants it; the addresses are the inner ones of a tunnel."""
        if self.pair.mode == "transport":
            return self.seal(ICMP, message)
        return self.seal(IPV4, ipv4(source, destination, ICMP, message))


def read_echo(next_header, payload, source, destination):
    """(source, destination, type, identifier, sequence, data) of an echo message, or None."""
    if next_header == IPV4 and len(payload) >= 20 and payload[0] == 0x45 and payload[9] == ICMP:
        source, destination = socket.inet_ntoa(payload[12:16]), socket.inet_ntoa(payload[16:20])
        payload = payload[20:struct.unpack("!H", payload[2:4])[0]]
    elif next_header != ICMP:
        return None
    if len(payload) < 8 or payload[0] not in (ECHO_REQUEST, ECHO_REPLY) or checksum(payload):
        return None
    return source, destination, payload[0], *struct.unpack("!HH", payload[4:8]), payload[8:]
