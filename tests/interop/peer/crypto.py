"""Keys and how they are used: groups, prf, ciphers, RSA and DSS. RFC 2409 sections 5, 6, appendix B.

Secrets are Python integers and octets, and times are whatever they are: this is a test's peer and no
place for a secret that matters.
"""
import functools
import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (Prehashed, decode_dss_signature,
                                                             encode_dss_signature)
from cryptography.hazmat.primitives.ciphers import Cipher as LibraryCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

# Group -> (bits of the prime, k); p = 2^n - 2^(n-64) - 1 + 2^64 (floor(2^(n-130) pi) + k), g = 2.
# RFC 2409 section 6.2, RFC 3526 sections 2 and 3
GROUPS = {2: (1024, 129093), 5: (1536, 741804), 14: (2048, 124476)}
HASHES = {"sha1": 2, "sha256": 4}
# Name -> (number in phase 1, transform of ESP, octets of the key, has the attribute key length)
CIPHERS = {"aes128": (7, 12, 16, True), "aes256": (7, 12, 32, True), "3des": (5, 3, 24, False)}
# Name -> (attribute of ESP, hash, octets of the key, octets of the ICV). RFC 2404, RFC 4868
INTEGRITY = {"sha1": (2, "sha1", 20, 12), "sha256": (5, "sha256", 32, 16)}


def scaled_pi(bits):
    """floor(2^bits pi), by Machin's formula."""
    guard = bits + 64

    def arctan_inverse(x):
        term = total = (1 << guard) // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    return (4 * (4 * arctan_inverse(5) - arctan_inverse(239))) >> 64


@functools.lru_cache(None)
def prime(group):
    bits, k = GROUPS[group]
    return 2 ** bits - 2 ** (bits - 64) - 1 + 2 ** 64 * (scaled_pi(bits - 130) + k)


class Dh:
    """One private value of a group."""

    def __init__(self, group, private=None):
        self.prime, self.octets = prime(group), GROUPS[group][0] // 8
        self.private = private or int.from_bytes(os.urandom(40), "big")
        self.public = pow(2, self.private, self.prime).to_bytes(self.octets, "big")

    def shared(self, peer):
        """g^xy at the full length of the prime, leading zeros and all."""
        value = int.from_bytes(peer, "big")
        if len(peer) != self.octets or not 1 < value < self.prime - 1:
            raise ValueError("a public value that is not of the group")
        return pow(value, self.private, self.prime).to_bytes(self.octets, "big")


def digest(name, octets):
    return hashlib.new(name, octets).digest()


def prf(name, key, octets):
    """The HMAC form of the negotiated hash: no other prf has a number. RFC 2409 section 4"""
    return hmac.new(key, octets, name).digest()


def cipher_key(name, keying, length):
    """Appendix B: its first octets, or the feedback prf(keying, 0) | prf(keying, K1) | ..."""
    if len(keying) >= length:
        return keying[:length]
    block = prf(name, keying, b"\0")
    stretched = block
    while len(stretched) < length:
        block = prf(name, keying, block)
        stretched += block
    return stretched[:length]


class Cbc:
    """A block cipher in CBC with one key; the caller keeps the chain."""

    def __init__(self, name, key):
        self.algorithm = algorithms.TripleDES(key) if name == "3des" else algorithms.AES(key)
        self.block = self.algorithm.block_size // 8

    def encrypt(self, iv, octets):
        context = LibraryCipher(self.algorithm, modes.CBC(iv)).encryptor()
        return context.update(octets) + context.finalize()

    def decrypt(self, iv, octets):
        if not octets or len(octets) % self.block:
            raise ValueError("%d octets are not whole blocks" % len(octets))
        context = LibraryCipher(self.algorithm, modes.CBC(iv)).decryptor()
        return context.update(octets) + context.finalize()

    def zero_padded(self, octets):
        return octets + bytes(-len(octets) % self.block)


def skeyid(method, hash_name, psk=b"", nonces=b"", shared=b"", cookies=b"", cisco=False):
    """SKEYID of RFC 2409 section 5; nonces is Ni_b | Nr_b, cookies CKY-I | CKY-R."""
    if method == "preshared":
        return prf(hash_name, psk, nonces)
    if method in ("dss_sig", "rsa_sig"):
        return prf(hash_name, nonces, shared)
    return prf(hash_name, nonces if cisco else digest(hash_name, nonces), cookies)


def rsa_octets(key):
    return (key.key_size + 7) // 8


def rsa_public(key, number):
    """The raw operation with a public key."""
    numbers = key.public_numbers()
    return pow(number, numbers.e, numbers.n)


def rsa_private(key, number):
    """The raw operation with a private key, by the Chinese remainder theorem."""
    numbers = key.private_numbers()
    at_p = pow(number % numbers.p, numbers.dmp1, numbers.p)
    at_q = pow(number % numbers.q, numbers.dmq1, numbers.q)
    return at_q + (at_p - at_q) * numbers.iqmp % numbers.p * numbers.q


def nonzero_octets(count):
    octets = b""
    while len(octets) < count:
        octets += os.urandom(count).replace(b"\0", b"")
    return octets[:count]


def rsa_encrypt(key, block):
    """A whole block under a public key; one that is not below the modulus cannot be meant."""
    number, octets = int.from_bytes(block, "big"), rsa_octets(key)
    if number >= key.public_numbers().n:
        raise ValueError("the block is not below the modulus")
    return rsa_public(key, number).to_bytes(octets, "big")


def encryption_block(octets, plain):
    """PKCS #1 block type 2: 00 02 PS 00 M, with at least eight octets of PS."""
    if len(plain) > octets - 11:
        raise ValueError("%d octets do not fit in one block of %d" % (len(plain), octets))
    return b"\0\2" + nonzero_octets(octets - 3 - len(plain)) + b"\0" + plain


def rsa_decrypt(key, sealed):
    """What a peer encrypted to our key, or ValueError."""
    octets = rsa_octets(key)
    number = int.from_bytes(sealed, "big")
    if len(sealed) != octets or number >= key.private_numbers().public_numbers.n:
        raise ValueError("%d octets are not encrypted with a key of %d" % (len(sealed), octets))
    block = rsa_private(key, number).to_bytes(octets, "big")
    end = block.find(b"\0", 2)
    if block[:2] != b"\0\2" or end < 10:
        raise ValueError("not a block of type 2")
    return block[end + 1:]


def signature_block(octets, authenticator):
    """PKCS #1 block type 1 around the bare HASH: no OID. RFC 2409 section 5.1"""
    return b"\0\1" + b"\xff" * (octets - 3 - len(authenticator)) + b"\0" + authenticator


def sign(key, authenticator):
    """The body of SIG. DSS: r | s, each as wide as q; HASH itself is what the DSA calls the digest."""
    if isinstance(key, rsa.RSAPrivateKey):
        octets = rsa_octets(key)
        number = int.from_bytes(signature_block(octets, authenticator), "big")
        return rsa_private(key, number).to_bytes(octets, "big")
    width = (key.parameters().parameter_numbers().q.bit_length() + 7) // 8
    pair = decode_dss_signature(key.sign(authenticator, Prehashed(hashes.SHA1())))
    return b"".join(number.to_bytes(width, "big") for number in pair)


def verify(key, authenticator, signature):
    """Whether SIG is right: the whole block is compared, nothing of it parsed."""
    if isinstance(key, rsa.RSAPublicKey):
        octets = rsa_octets(key)
        number = int.from_bytes(signature, "big")
        return len(signature) == octets and number < key.public_numbers().n and \
            rsa_public(key, number).to_bytes(octets, "big") == signature_block(octets, authenticator)
    if not isinstance(key, dsa.DSAPublicKey) or len(signature) % 2:
        return False
    half = len(signature) // 2
    if half != (key.parameters().parameter_numbers().q.bit_length() + 7) // 8:
        return False
    pair = encode_dss_signature(int.from_bytes(signature[:half], "big"),
                                int.from_bytes(signature[half:], "big"))
    try:
        key.verify(pair, authenticator, Prehashed(hashes.SHA1()))
    except Exception:  # pylint: disable=broad-except  # a signature of zeros has its own kind
        return False
    return True
