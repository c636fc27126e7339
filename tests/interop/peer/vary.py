"""Other forms of the same messages that the RFCs allow, and that somebody's peer has sent.

Each is a row: what is done to the payloads [(type, body), ...] of a message before its HASH is made.
place: "1" to "6" of Main Mode, "Q1" and "Q2" of Quick Mode.
"""
from . import wire
from .wire import CERTREQ, HASH, ID, KE, NONCE, NOTIFY, SA, VENDOR

INITIAL_CONTACT, REPLAY_STATUS = 24578, 24577
PRIVATE_PAYLOAD = 200


def strangers(place, payloads, _cookies):
    """Vendor IDs that nobody knows, the shortest and a long one."""
    return payloads + [(VENDOR, b"\x01"), (VENDOR, bytes(range(200)))] if place in "1234" else payloads


def private(place, payloads, _cookies):
    """A payload of the private range; behind the others, where it is covered by no HASH of Phase 1."""
    return payloads + [(PRIVATE_PAYLOAD, b"private")] if place in "1234" else payloads


def swapped(place, payloads, _cookies):
    """NONCE before KE, HASH before ID. "There is no ordering of payloads": RFC 2409 section 5"""
    return payloads[::-1] if place in "3456" else payloads


def spread(place, payloads, _cookies):
    """In Quick Mode SA stands behind HASH; KE and NONCE may stand behind the identities."""
    if place not in ("Q1", "Q2"):
        return payloads
    ids = [payload for payload in payloads if payload[0] == ID]
    others = [payload for payload in payloads if payload[0] not in (ID, SA)]
    return payloads[:1] + ids + others[::-1]


def asking(place, payloads, _cookies):
    """Certificates are asked for, of any kind and by a name that cannot be; the method needs none."""
    return payloads + [(CERTREQ, b"\x04"), (CERTREQ, b"\x05"), (CERTREQ, b"\x04\x30\x00")] \
        if place in "34" else payloads


def contact(place, payloads, cookies):
    """INITIAL-CONTACT with the cookies, behind the proof. RFC 2407 section 4.6.3.3"""
    if place not in "56":
        return payloads
    return payloads + [(NOTIFY, wire.notify_body(INITIAL_CONTACT, wire.PROTOCOL_ISAKMP, cookies))]


def replay(place, payloads, _cookies):
    """REPLAY-STATUS, on, for the SA that is being made. RFC 2407 section 4.6.3.2"""
    if place not in ("Q1", "Q2"):
        return payloads
    spi = wire.decode_sa(payloads[0][1])[0].spi
    return payloads + [(NOTIFY, wire.notify_body(REPLAY_STATUS, wire.PROTOCOL_ESP, spi, b"\0\0\0\1"))]


FORMS = {form.__name__: form for form in (strangers, private, swapped, spread, asking, contact, replay)}
# These are decided where the message is built.
FORMS.update({"long-life": None,   # the life duration as a variable attribute of four octets
              "reversed": None,    # attributes from the last to the first; the life type stays first
              "numbers": None,     # proposals begin with 200, transforms too
              "port": None,        # the identity says UDP and port 500. RFC 2407 section 4.6.2
              "padding": None,     # a block more than needed, of octets that are no zeros
              "tail": None})       # octets behind the end of a message in clear


def payloads_of(names, place, payloads, cookies):
    for name in names:
        if FORMS[name]:
            payloads = FORMS[name](place, payloads, cookies)
    return payloads


def number_of(names, number):
    return 200 if "numbers" in names else number


def identity_of(names, body):
    return body[:1] + b"\x11\x01\xf4" + body[4:] if "port" in names else body


def pairs_of(names, pairs, life):
    """Attributes of a transform; life is the type of the duration, its own type is one less."""
    if "reversed" not in names:
        return pairs
    lives = [pair for pair in pairs if pair[0] in (life - 1, life)]
    return [pair for pair in pairs[::-1] if pair not in lives] + lives


def padded(names, cbc, octets):
    """What is encrypted as a whole: zeros to the block, or a block of something more."""
    octets = cbc.zero_padded(octets)
    return octets + bytes(range(0xA0, 0xA0 + cbc.block)) if "padding" in names else octets
