"""How bodies are hidden in the two modes of public-key encryption, and how that can be done wrong.

bent: {PLACE: DEVIATION}. The places are "nonce" and "id" (RSA blocks; "id" of the revised mode and
"ke" are hidden by the cipher), "hash1" and "proof" (HASH_I, HASH_R, what is signed).
"""
import os

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import crypto, wire

PLACES = {wire.KE: "ke", wire.ID: "id"}  # of the revised mode

def flaw_block(octets, plain):
    """Blocks that are not as PKCS #1 wants them, and blocks that are and hold what nobody expects."""
    def block(start, stuffing, tail):
        return start + crypto.nonzero_octets(stuffing) + tail

    rest = octets - 3 - len(plain)
    return {
        "type1": lambda: block(b"\0\1", rest, b"\0" + plain),
        "type0": lambda: block(b"\0\0", rest, b"\0" + plain),
        "first": lambda: block(b"\1\2", rest, b"\0" + plain),
        "stuffing": lambda: block(b"\0\2", 7, b"\0" + plain + crypto.nonzero_octets(rest - 7)),
        "separator-early": lambda: block(b"\0\2", 1, b"\0" + crypto.nonzero_octets(rest - 1) + plain),
        "separator-none": lambda: block(b"\0\2", octets - 2, b""),
        "separator-last": lambda: block(b"\0\2", octets - 3, b"\0"),
        # Well made from here on.
        "garbage": lambda: crypto.encryption_block(octets, crypto.nonzero_octets(len(plain))),
        "short": lambda: crypto.encryption_block(octets, plain[:7]),
        "long": lambda: crypto.encryption_block(octets, (plain * octets)[:octets - 11]),
    }


def flaw_sealed(octets):
    """Bodies that no block was encrypted to."""
    return {
        "random": lambda: b"\0" + os.urandom(octets - 1),
        "zero": lambda: bytes(octets),
        "one": lambda: bytes(octets - 1) + b"\1",
        "above": lambda: b"\xff" * octets,
        "cut": lambda: b"\0" + os.urandom(octets - 2),
        "grown": lambda: b"\0" + os.urandom(octets),
        "empty": lambda: b"",
    }


RSA_FLAWS = sorted(flaw_block(256, bytes(32))) + sorted(flaw_sealed(256))
CIPHER_FLAWS = ["count", "filling", "cut", "body"]
BENT = {"nonce": RSA_FLAWS, "id": RSA_FLAWS + CIPHER_FLAWS, "ke": CIPHER_FLAWS,
        "hash1": ["unknown", "cut"], "proof": ["wrong", "cut", "noise"]}


def rsa(bent, place, key, plain):
    """One body under a public key."""
    octets = crypto.rsa_octets(key)
    flaw = bent.get(place)
    if flaw is None:
        return crypto.rsa_encrypt(key, crypto.encryption_block(octets, plain))
    if flaw in flaw_sealed(octets):
        return flaw_sealed(octets)[flaw]()
    return crypto.rsa_encrypt(key, flaw_block(octets, plain)[flaw]())


def revised(bent, cbc, payloads):
    """The bodies behind the nonce: IV 0, then the last block of the one before. RFC 2409 section 5.3

    The padding is never absent: zeros, then one octet with their number, itself not counted.
    """
    hidden, iv = [], bytes(cbc.block)
    for kind, body in payloads:
        flaw = bent.get(PLACES.get(kind))
        if flaw == "body":
            body = os.urandom(len(body))
        count = -(len(body) + 1) % cbc.block
        filling = (b"\xa5" if flaw == "filling" else b"\0") * count
        sealed = cbc.encrypt(iv, body + filling + bytes([0xFE if flaw == "count" else count]))
        iv = sealed[-cbc.block:]
        hidden.append((kind, sealed[:-1] if flaw == "cut" else sealed))
    return hidden


def open_revised(cbc, payloads):
    """Opens the bodies in place, in the order in which they came."""
    iv = bytes(cbc.block)
    for payload in payloads:
        plain = cbc.decrypt(iv, payload.body)
        iv = payload.body[-cbc.block:]
        zeros = plain[-1]
        if zeros >= cbc.block or plain[len(plain) - 1 - zeros:-1] != bytes(zeros):
            raise ValueError("the padding behind payload %d is wrong" % payload.kind)
        payload.body = plain[:len(plain) - 1 - zeros]


def bent_hash(bent, octets):
    flaw = bent.get("hash1")
    return os.urandom(len(octets)) if flaw == "unknown" else octets[:-1] if flaw == "cut" else octets


def bent_proof(bent, octets):
    flaw = bent.get("proof")
    return os.urandom(len(octets)) if flaw == "wrong" else octets[:-1] if flaw == "cut" else octets


def bent_body(bent, octets):
    """What stands encrypted in message 5 or 6."""
    return os.urandom(len(octets)) if bent.get("proof") == "noise" else octets


def key_info(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def vouches(authority, certificate):
    """Whether a certificate is signed by the key of an authority's; one step, no path."""
    key, signature = authority.public_key(), certificate.signature
    algorithm, octets = certificate.signature_hash_algorithm, certificate.tbs_certificate_bytes
    try:
        if isinstance(key, rsa_keys.RSAPublicKey):
            key.verify(signature, octets, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, octets, ec.ECDSA(algorithm))
        else:
            key.verify(signature, octets, algorithm)
    except Exception:  # pylint: disable=broad-except  # a signature of another shape has its own kind
        return False
    return certificate.issuer == authority.subject
