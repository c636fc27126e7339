"""What stands on the wire: header, payloads, SA with its proposals, identities. RFC 2408 section 3."""
import ipaddress
import struct

# Payload types. RFC 2408 section 3.1
SA, PROPOSAL, TRANSFORM, KE, ID, CERT, CERTREQ, HASH, SIG, NONCE, NOTIFY, DELETE, VENDOR = range(1, 14)
NAMES = {SA: "SA", KE: "KE", ID: "ID", CERT: "CERT", CERTREQ: "CERTREQ", HASH: "HASH", SIG: "SIG",
         NONCE: "NONCE", NOTIFY: "N", DELETE: "D", VENDOR: "VID"}

MAIN_MODE, INFORMATIONAL, QUICK_MODE = 2, 5, 32
ENCRYPTED = 0x01
HEADER = struct.Struct("!8s8sBBBBLL")
DOI_IPSEC, SITUATION_IDENTITY_ONLY = 1, 1
PROTOCOL_ISAKMP, PROTOCOL_ESP = 1, 3

# Phase 1 attributes and their values. RFC 2409 appendix A, RFC 3602 section 5.2
P1_CIPHER, P1_HASH, P1_METHOD, P1_GROUP, P1_LIFE_TYPE, P1_LIFE, P1_KEY_BITS = 1, 2, 3, 4, 11, 12, 14
METHODS = {"preshared": 1, "dss_sig": 2, "rsa_sig": 3, "rsa_encrypt": 4, "rsa_encrypt_revised": 5}
# Phase 2 attributes. RFC 2407 section 4.5
P2_LIFE_TYPE, P2_LIFE, P2_GROUP, P2_MODE, P2_AUTH, P2_KEY_BITS = range(1, 7)
MODES = {"tunnel": 1, "transport": 2}

ID_IPV4, ID_FQDN, ID_USER_FQDN, ID_IPV4_SUBNET, ID_IPV6, ID_IPV6_SUBNET, ID_DN = 1, 2, 3, 4, 5, 6, 9
CERT_X509_SIGNATURE, CERT_X509_KEY_EXCHANGE = 4, 5


class Malformed(Exception):
    """Octets that no RFC allows."""


class Message:
    """A datagram: the fields of its header, and what stands behind it."""

    def __init__(self, cky_i, cky_r, exchange, mid=0, flags=0, first=0, body=b""):
        self.cky_i, self.cky_r, self.exchange, self.mid = cky_i, cky_r, exchange, mid
        self.flags, self.first, self.body = flags, first, body

    def encode(self):
        return HEADER.pack(self.cky_i, self.cky_r, self.first, 0x10, self.exchange, self.flags,
                           self.mid, HEADER.size + len(self.body)) + self.body

    @classmethod
    def decode(cls, datagram):
        if len(datagram) < HEADER.size:
            raise Malformed("a datagram of %d octets" % len(datagram))
        cky_i, cky_r, first, version, exchange, flags, mid, length = HEADER.unpack_from(datagram)
        if version >> 4 != 1:
            raise Malformed("major version %d" % (version >> 4))
        if not HEADER.size <= length <= len(datagram):
            raise Malformed("a length of %d in a datagram of %d octets" % (length, len(datagram)))
        return cls(cky_i, cky_r, exchange, mid, flags, first, datagram[HEADER.size:length])


def chain(payloads):
    """Type of the first payload, and the octets of [(type, body), ...] with their generic headers."""
    octets = b""
    for (_, body), following in zip(payloads, [kind for kind, _ in payloads[1:]] + [0]):
        octets += struct.pack("!BxH", following, 4 + len(body)) + body
    return payloads[0][0], octets


class Payload:
    """One payload as it came, and where in the message its generic header begins and it ends."""

    def __init__(self, kind, body, begin, end):
        self.kind, self.body, self.begin, self.end = kind, body, begin, end


def unchain(first, octets):
    """All payloads up to the one that names no next; what is behind it is padding."""
    found, kind, at = [], first, 0
    while kind:
        if len(octets) - at < 4:
            raise Malformed("payload %d is cut short" % kind)
        following, length = struct.unpack_from("!BxH", octets, at)
        if length < 4 or at + length > len(octets):
            raise Malformed("payload %d has a length of %d, %d octets are left"
                            % (kind, length, len(octets) - at))
        found.append(Payload(kind, octets[at + 4:at + length], at, at + length))
        kind, at = following, at + length
    return found


def only(payloads, kind):
    """The body of the one payload of this type."""
    bodies = [payload.body for payload in payloads if payload.kind == kind]
    if len(bodies) != 1:
        raise Malformed("%d payloads of type %s" % (len(bodies), NAMES.get(kind, kind)))
    return bodies[0]


def named(payloads):
    """The types of a chain, for a report."""
    return [NAMES.get(payload.kind, str(payload.kind)) for payload in payloads]


def attributes(pairs, long):
    """Data attributes; a value that fits in two octets in the short form, unless its type is in long.

    RFC 2408 section 3.3
    """
    octets = b""
    for kind, value in pairs:
        if value < 0x10000 and kind not in long:
            octets += struct.pack("!HH", 0x8000 | kind, value)
        else:
            octets += struct.pack("!HHL", kind, 4, value)
    return octets


def read_attributes(octets):
    pairs, at = [], 0
    while at < len(octets):
        if len(octets) - at < 4:
            raise Malformed("an attribute is cut short")
        kind, value = struct.unpack_from("!HH", octets, at)
        at += 4
        if not kind & 0x8000:
            length, at = value, at + value
            if at > len(octets) or not 1 <= length <= 8:
                raise Malformed("an attribute of %d octets" % length)
            value = int.from_bytes(octets[at - length:at], "big")
        pairs.append((kind & 0x7FFF, value))
    return pairs


class Proposal:
    """One proposal: [(number, transform ID, [(attribute, value), ...]), ...]. RFC 2408 section 3.5"""

    def __init__(self, number, protocol, spi, transforms):
        self.number, self.protocol, self.spi, self.transforms = number, protocol, spi, transforms


def encode_sa(proposals, long=()):
    """The body of an SA payload of the IPsec DOI; long: types of attributes that are never short."""
    pieces = []
    for proposal in proposals:
        pieces.append((PROPOSAL, struct.pack("!BBBB", proposal.number, proposal.protocol, len(proposal.spi),
                                             len(proposal.transforms)) + proposal.spi
                       + chain([(TRANSFORM, struct.pack("!BBxx", number, identifier) + attributes(pairs, long))
                                for number, identifier, pairs in proposal.transforms])[1]))
    return struct.pack("!LL", DOI_IPSEC, SITUATION_IDENTITY_ONLY) + chain(pieces)[1]


def decode_sa(body):
    if len(body) < 8 or struct.unpack_from("!LL", body) != (DOI_IPSEC, SITUATION_IDENTITY_ONLY):
        raise Malformed("an SA of another DOI or situation")
    proposals = []
    for piece in unchain(PROPOSAL, body[8:]):
        if piece.kind != PROPOSAL or len(piece.body) < 4:
            raise Malformed("no proposal where one must be")
        number, protocol, spi_bytes, count = struct.unpack_from("!BBBB", piece.body)
        rest = piece.body[4 + spi_bytes:]
        transforms = []
        for transform in unchain(TRANSFORM, rest):
            if transform.kind != TRANSFORM or len(transform.body) < 4:
                raise Malformed("no transform where one must be")
            transforms.append((transform.body[0], transform.body[1], read_attributes(transform.body[4:])))
        if len(transforms) != count or len(piece.body) < 4 + spi_bytes:
            raise Malformed("%d transforms, and %d announced" % (len(transforms), count))
        proposals.append(Proposal(number, protocol, piece.body[4:4 + spi_bytes], transforms))
    return proposals


def accepted(offer, answer):
    """The one transform that the peer chose: it must stand in what was offered, value for value.

    That its numbers stay is only a SHOULD (RFC 2408 section 4.2), and Cisco makes a 1 of a 0.
    """
    if len(answer) != 1 or len(answer[0].transforms) != 1:
        raise Malformed("an answer with more than one choice")
    _, identifier, pairs = answer[0].transforms[0]
    for proposal in offer:
        for _, ours, ours_pairs in proposal.transforms:
            if proposal.protocol == answer[0].protocol and ours == identifier \
                    and sorted(ours_pairs) == sorted(pairs):
                return dict(pairs)
    raise Malformed("the peer chose what was not offered: %r" % pairs)


def identity(kind, data, protocol=0, port=0):
    """The body of an ID payload. RFC 2407 section 4.6.2"""
    return struct.pack("!BBH", kind, protocol, port) + data


def address_identity(text, protocol=0, port=0):
    """ADDRESS or ADDRESS/PREFIX; a prefix of full length is the address alone."""
    network = ipaddress.ip_network(text, strict=False)
    if network.num_addresses == 1:
        return identity(ID_IPV4 if network.version == 4 else ID_IPV6, network.network_address.packed,
                        protocol, port)
    return identity(ID_IPV4_SUBNET if network.version == 4 else ID_IPV6_SUBNET,
                    network.network_address.packed + network.netmask.packed, protocol, port)


def identity_text(body):
    """TYPE:VALUE, for a report; the octets where the type has no text form here."""
    if len(body) < 4:
        raise Malformed("an identity of %d octets" % len(body))
    kind, data = body[0], body[4:]
    if kind in (ID_IPV4, ID_IPV6) and len(data) in (4, 16):
        return "ip:%s" % ipaddress.ip_address(data)
    if kind == ID_IPV4_SUBNET and len(data) == 8:
        return "net:%s/%s" % (ipaddress.ip_address(data[:4]),
                              bin(int.from_bytes(data[4:], "big")).count("1"))
    if kind == ID_IPV6_SUBNET and len(data) == 32:
        return "net:%s/%s" % (ipaddress.ip_address(data[:16]),
                              bin(int.from_bytes(data[16:], "big")).count("1"))
    if kind in (ID_FQDN, ID_USER_FQDN):
        return "%s:%s" % ("fqdn" if kind == ID_FQDN else "mail", data.decode("ascii", "replace"))
    return "%s:%s" % ("dn" if kind == ID_DN else kind, data.hex())


def notify_body(kind, protocol, spi, data=b""):
    return struct.pack("!LBBH", DOI_IPSEC, protocol, len(spi), kind) + spi + data


def delete_body(protocol, spi):
    return struct.pack("!LBBH", DOI_IPSEC, protocol, len(spi), 1) + spi


def notice_text(payload):
    """What a notify or a delete says, for a report."""
    if len(payload.body) < 8:
        return {"malformed": payload.body.hex()}
    _, protocol, spi_bytes, number = struct.unpack_from("!LBBH", payload.body)
    what = "notify" if payload.kind == NOTIFY else "deletes"
    return {what: number, "protocol": protocol, "spi": payload.body[8:8 + spi_bytes].hex()}
