#!/usr/bin/env python3
"""Recomputes what authenticates each packet of a capture, AH by RFC 4302 and ESP's HMAC by RFC 4303.
Usage: icv.py CAPTURE STATE HEADER...      HEADER is "ah" or "esp", from the outside inwards

STATE is the output of `ip xfrm state`. Succeeds when there is a packet of these headers, all of them
have an SA in STATE, and every ICV is that of its key. An ESP of an AEAD has none of its own."""
import hashlib
import hmac
import re
import struct
import sys

PROTOCOLS = {50: "esp", 51: "ah"}
ICV_BITS = {"hmac(sha256)": ("sha256", 128)}
ETHERNET, IPV4, UDP = 14, 0x0800, 17


def states(text):
    """{(destination, protocol, SPI): (algorithm or None, bits, key, the ESN's high half)}"""
    found = {}
    for part in re.split(r"^(?=src )", text, flags=re.MULTILINE):
        name = re.match(r"src \S+ dst (\S+)\s+proto (\w+) spi 0x([0-9a-f]+)", part)
        auth = re.search(r"auth-trunc (\S+) 0x([0-9a-f]+) (\d+)", part)
        if name:
            # So few packets that the high half is zero, but it is authenticated.
            high = bytes(4) if re.search(r"\besn\b", part) else b""
            found[name[1], name[2], int(name[3], 16)] = (
                (auth[1], int(auth[3]), bytes.fromhex(auth[2]), high) if auth else (None, 0, b"", high))
    return found


def packets(data):
    """What is IPv4 in a capture of Ethernet, without what Ethernet pads."""
    if struct.unpack_from("<I", data)[0] != 0xA1B2C3D4:
        raise ValueError("no capture in this machine's order")
    offset = 24
    while offset < len(data):
        length = struct.unpack_from("<I", data, offset + 8)[0]
        frame = data[offset + 16:offset + 16 + length]
        offset += 16 + length
        if struct.unpack_from(">H", frame, 12)[0] == IPV4:
            packet = frame[ETHERNET:]
            yield packet[:struct.unpack_from(">H", packet, 2)[0]]


def is_good(algorithm, bits, key, authenticated, icv):
    digest, expected_bits = ICV_BITS[algorithm]
    whole = hmac.new(key, authenticated, getattr(hashlib, digest)).digest()
    return bits == expected_bits and icv == whole[:bits // 8]


def without_mutable(header):
    """TOS, flags and fragment offset, TTL and checksum are zero; RFC 4302 section 3.3.3.1.1.1."""
    return header[:1] + b"\0" + header[2:6] + bytes(2) + b"\0" + header[9:10] + bytes(2) + header[12:]


def check(packet, known):
    """The headers of a packet, outermost first. Raises ValueError when one of them is wrong."""
    offset, protocol, headers = (packet[0] & 15) * 4, packet[9], []
    header, destination = packet[:offset], ".".join(map(str, packet[16:20]))
    while protocol in PROTOCOLS:
        kind = PROTOCOLS[protocol]
        headers.append(kind)
        spi = struct.unpack_from(">I", packet, offset + (4 if kind == "ah" else 0))[0]
        if (destination, kind, spi) not in known:
            raise ValueError(f"{kind} {spi:#x} to {destination}: no such SA")
        algorithm, bits, key, high = known[destination, kind, spi]
        octets = bits // 8
        if kind == "esp":
            if algorithm and not is_good(algorithm, bits, key, packet[offset:-octets] + high, packet[-octets:]):
                raise ValueError(f"esp {spi:#x} to {destination}: wrong ICV")
            break
        end = offset + (packet[offset + 1] + 2) * 4
        if end - offset != 12 + octets:
            raise ValueError(f"ah {spi:#x}: {end - offset} octets long")
        blank = without_mutable(header) + packet[offset:offset + 12] + bytes(octets) + packet[end:] + high
        if not is_good(algorithm, bits, key, blank, packet[offset + 12:end]):
            raise ValueError(f"ah {spi:#x} to {destination}: wrong ICV")
        protocol, offset = packet[offset], end
    return headers


def main():
    with open(sys.argv[1], "rb") as capture, open(sys.argv[2], encoding="ascii") as state:
        known, data = states(state.read()), capture.read()
    found = [check(packet, known) for packet in packets(data) if packet[9] != UDP]
    print(f"{len(found)} packets")
    return 0 if found and all(headers == sys.argv[3:] for headers in found) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, KeyError) as error:
        sys.exit(str(error))
