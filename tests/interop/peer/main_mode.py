"""Main Mode of both roles with each method of authentication. RFC 2409 sections 5.1 to 5.4.

A negotiation is a generator: it yields the datagram to send and is sent the Message that answers it.
It returns (Isakmp, last datagram to send or None), or raises one of TROUBLE.
"""
import os
import struct

from cryptography import x509

from . import crypto, seal, vary, wire
from .wire import CERT, CERTREQ, HASH, ID, KE, NONCE, SIG

ENCRYPTING = ("rsa_encrypt", "rsa_encrypt_revised")
SIGNING = ("dss_sig", "rsa_sig")
LIFE_SECONDS = 28800


class Failed(Exception):
    """The negotiation cannot go on, and why."""


TROUBLE = (Failed, wire.Malformed, ValueError)


class Config:
    """What one side is and wants. What is random comes through octets and dh, so that it can be fixed."""

    def __init__(self, method, **words):
        self.method = method
        self.ciphers, self.hashes, self.groups = ["aes128"], ["sha256"], [14]
        self.psk = b""
        self.identity = b""          # the body of our ID payload
        self.key = None              # our private key
        self.certificates = []       # ours, in DER, the one of the key first
        self.peers = []              # the peers' certificates, in DER: a peer is one of these
        self.authority = None        # or has one that this certificate has signed
        self.skeyid = "rfc"          # or "cisco"; "auto": a responder finds out
        self.hash1 = False           # HASH(1) in message 3
        self.send_certificate = True # CERT in messages 5 and 6, or in 3 of the revised mode when hash1 is set
        self.request = None          # encoding that a CERTREQ of ours asks for
        self.nonce_first = False     # NONCE before ID in rsa_encrypt
        self.nonce_octets = 32
        self.first_number = 1        # of proposals and transforms
        self.bent = {}               # deviations: seal.BENT
        self.blind = False           # a responder that never shows that message 3 was wrong
        self.vary = []               # other forms of the same: vary.FORMS
        self.report = lambda **_: None
        vars(self).update(words)

    def octets(self, _what, count):
        return os.urandom(count)

    def dh(self, group):
        return crypto.Dh(group)


class Isakmp:
    """What is left of a Main Mode."""

    def __init__(self, cky_i, cky_r, hash_name, cbc, keys, last_block, names_of_forms):
        self.cky_i, self.cky_r, self.hash_name, self.cbc = cky_i, cky_r, hash_name, cbc
        self.skeyid_d, self.skeyid_a, self.skeyid_e = keys
        self.last_block, self.vary = last_block, names_of_forms

    def iv(self, mid):
        """RFC 2409 appendix B."""
        return crypto.digest(self.hash_name, self.last_block + struct.pack("!L", mid))[:self.cbc.block]


def names(certificate, body):
    """Whether the identity of an ID payload stands in a certificate: subject or alternative name."""
    if len(body) < 4:
        raise wire.Malformed("an identity of %d octets" % len(body))
    kind, data = body[0], body[4:]
    if kind == wire.ID_DN:
        return certificate.subject.public_bytes() == data
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    if kind in (wire.ID_IPV4, wire.ID_IPV6):
        return data in [address.packed for address in others.get_values_for_type(x509.IPAddress)]
    named = others.get_values_for_type(x509.DNSName if kind == wire.ID_FQDN else x509.RFC822Name)
    return kind in (wire.ID_FQDN, wire.ID_USER_FQDN) and data in [name.encode() for name in named]


class MainMode:
    """One negotiation; initiate() or respond() is its course."""

    def __init__(self, config):
        self.config, self.method = config, config.method
        self.identity = vary.identity_of(config.vary, config.identity)
        self.cky_i, self.cky_r = config.octets("cookie", 8), bytes(8)
        self.nonce = config.octets("nonce", config.nonce_octets)
        self.peer_nonce = self.peer_public = self.peer_identity = self.peer_key = None
        self.is_initiator = self.hash_name = self.cipher = self.group = self.dh = self.sa_body = None

    # What both roles do.

    def message(self, place, payloads):
        """One in clear; place is its number."""
        first, body = wire.chain(vary.payloads_of(self.config.vary, place, payloads, self.cky_i + self.cky_r))
        tail = b"\xff" * 3 if "tail" in self.config.vary else b""
        return wire.Message(self.cky_i, self.cky_r, wire.MAIN_MODE, 0, 0, first, body).encode() + tail

    def long(self):
        return [wire.P1_LIFE] * ("long-life" in self.config.vary)

    def offer(self):
        number, transforms = vary.number_of(self.config.vary, self.config.first_number), []
        for cipher in self.config.ciphers:
            for name in self.config.hashes:
                for group in self.config.groups:
                    phase1, _, octets, has_bits = crypto.CIPHERS[cipher]
                    pairs = [(wire.P1_CIPHER, phase1)] + [(wire.P1_KEY_BITS, octets * 8)] * has_bits + [
                        (wire.P1_HASH, crypto.HASHES[name]), (wire.P1_GROUP, group),
                        (wire.P1_METHOD, wire.METHODS[self.method]),
                        (wire.P1_LIFE_TYPE, 1), (wire.P1_LIFE, LIFE_SECONDS)]
                    pairs = vary.pairs_of(self.config.vary, pairs, wire.P1_LIFE)
                    transforms.append((number + len(transforms), 1, pairs))
        return [wire.Proposal(number, wire.PROTOCOL_ISAKMP, b"", transforms)]

    def take(self, pairs):
        """Follows a transform; False when it is not one of ours."""
        wanted = dict(pairs)
        ciphers = [name for name in self.config.ciphers
                   if crypto.CIPHERS[name][0] == wanted.get(wire.P1_CIPHER)
                   and (not crypto.CIPHERS[name][3]
                        or wanted.get(wire.P1_KEY_BITS, 128) == crypto.CIPHERS[name][2] * 8)]
        names_of_hash = [name for name in self.config.hashes
                         if crypto.HASHES[name] == wanted.get(wire.P1_HASH)]
        if not ciphers or not names_of_hash or wanted.get(wire.P1_GROUP) not in self.config.groups \
                or wanted.get(wire.P1_METHOD) != wire.METHODS[self.method]:
            return False
        self.cipher, self.hash_name, self.group = ciphers[0], names_of_hash[0], wanted[wire.P1_GROUP]
        self.dh = self.config.dh(self.group)
        return True

    def prf(self, key, octets):
        return crypto.prf(self.hash_name, key, octets)

    def requests(self):
        """A CERTREQ that names no authority: any will do. RFC 2408 section 3.10"""
        return [(CERTREQ, bytes([self.config.request]))] if self.config.request else []

    def key_exchange(self, key):
        """The payloads of our message 3 or 4; key is the peer's, for the methods that encrypt."""
        if self.method not in ENCRYPTING:
            return [(KE, self.dh.public), (NONCE, self.nonce)] + self.requests()
        bent, config = self.config.bent, self.config
        hash1 = []
        if self.is_initiator and config.hash1:
            hash1 = [(HASH, seal.bent_hash(bent, crypto.digest(self.hash_name, self.config.peers[0])))]
        nonce = (NONCE, seal.rsa(bent, "nonce", key, self.nonce))
        if self.method == "rsa_encrypt":
            identity = (ID, seal.rsa(bent, "id", key, self.identity))
            order = [nonce, identity] if config.nonce_first else [identity, nonce]
            return [(KE, self.dh.public)] + hash1 + order
        hidden = [(KE, self.dh.public), (ID, self.identity)]
        if self.is_initiator and config.hash1 and config.certificates and config.send_certificate:
            hidden.append((CERT, bytes([wire.CERT_X509_KEY_EXCHANGE]) + config.certificates[0]))
        cbc = self.revised_cbc(self.nonce, self.cky_i if self.is_initiator else self.cky_r)
        return hash1 + [nonce] + seal.revised(bent, cbc, hidden)

    def revised_cbc(self, nonce, cookie):
        """Ke_i or Ke_r. RFC 2409 section 5.3"""
        keying = self.prf(nonce, cookie)
        return crypto.Cbc(self.cipher, crypto.cipher_key(self.hash_name, keying, crypto.CIPHERS[self.cipher][2]))

    def read_key_exchange(self, message):
        """Takes the peer's message 3 or 4."""
        if message.flags & wire.ENCRYPTED:
            raise Failed("message 3 or 4 is encrypted as a whole")
        payloads = wire.unchain(message.first, message.body)
        if self.method == "rsa_encrypt_revised":
            payloads = self.read_revised(payloads)
        self.peer_public, nonce = wire.only(payloads, KE), wire.only(payloads, NONCE)
        if self.method == "rsa_encrypt":
            nonce = crypto.rsa_decrypt(self.config.key, nonce)
            self.peer_identity = crypto.rsa_decrypt(self.config.key, wire.only(payloads, ID))
        elif self.method == "rsa_encrypt_revised":
            self.peer_identity = wire.only(payloads, ID)
        if not 8 <= len(nonce) <= 256:
            raise Failed("a nonce of %d octets" % len(nonce))
        self.peer_nonce = nonce
        self.check_hash1(payloads)

    def read_revised(self, payloads):
        """All after the nonce is opened in the order in which it came."""
        at = [payload.kind for payload in payloads].index(NONCE) if any(
            payload.kind == NONCE for payload in payloads) else None
        if at not in (0, 1) or (at == 1 and payloads[0].kind != HASH):
            raise Failed("the nonce is neither first nor right behind HASH(1)")
        nonce = crypto.rsa_decrypt(self.config.key, payloads[at].body)
        cbc = self.revised_cbc(nonce, self.cky_r if self.is_initiator else self.cky_i)
        payloads[at].body = nonce
        seal.open_revised(cbc, payloads[at + 1:])
        return payloads

    def check_hash1(self, payloads):
        """A responder with one key can but say whether HASH(1) means that one."""
        hashes = [payload.body for payload in payloads if payload.kind == HASH]
        if not hashes or not self.config.certificates:
            return
        certificate = self.config.certificates[0]
        key = x509.load_der_x509_certificate(certificate).public_key()
        forms = {"DER": certificate, "CERT body": bytes([wire.CERT_X509_KEY_EXCHANGE]) + certificate,
                 "CERT body of encoding 4": bytes([wire.CERT_X509_SIGNATURE]) + certificate,
                 "SubjectPublicKeyInfo": seal.key_info(key)}
        over = [form for form, octets in forms.items() if crypto.digest(self.hash_name, octets) == hashes[0]]
        self.config.report(event="hash1", over=over[0] if over else "nothing of ours")

    def peer_certificates(self):
        for octets in self.config.peers:
            yield x509.load_der_x509_certificate(octets)

    def key_of_peer(self):
        """The key of the identity that the peer has shown, by our own store alone."""
        for certificate in self.peer_certificates():
            if names(certificate, self.peer_identity):
                return certificate.public_key()
        raise Failed("no certificate for %s" % wire.identity_text(self.peer_identity))

    def keys(self, cisco):
        """SKEYID and what follows, and the cipher of messages 5 and 6."""
        shared = self.dh.shared(self.peer_public)
        nonces = self.nonce + self.peer_nonce if self.is_initiator else self.peer_nonce + self.nonce
        cookies = self.cky_i + self.cky_r
        root = crypto.skeyid(self.method, self.hash_name, self.config.psk, nonces, shared, cookies, cisco)
        for_keys = self.prf(root, shared + cookies + b"\0")
        for_hashes = self.prf(root, for_keys + shared + cookies + b"\1")
        for_cipher = self.prf(root, for_hashes + shared + cookies + b"\2")
        key = crypto.cipher_key(self.hash_name, for_cipher, crypto.CIPHERS[self.cipher][2])
        return root, (for_keys, for_hashes, for_cipher), crypto.Cbc(self.cipher, key)

    def publics(self):
        both = (self.dh.public, self.peer_public)
        return both if self.is_initiator else both[::-1]

    def authenticator(self, root, of_initiator, identity):
        """HASH_I or HASH_R; DSS has its own hash. RFC 2409 section 5"""
        public_i, public_r = self.publics()
        order = public_i + public_r + self.cky_i + self.cky_r if of_initiator \
            else public_r + public_i + self.cky_r + self.cky_i
        name = "sha1" if self.method == "dss_sig" else self.hash_name
        return crypto.prf(name, root, order + self.sa_body + identity)

    def proof(self, root):
        """The payloads of our message 5 or 6."""
        proof = seal.bent_proof(self.config.bent,
                                self.authenticator(root, self.is_initiator, self.identity))
        if self.method in ENCRYPTING:
            return [(HASH, proof)]
        if self.method == "preshared":
            return [(ID, self.identity), (HASH, proof)]
        certificates = self.config.certificates if self.config.send_certificate else []
        return [(ID, self.identity)] + [
            (CERT, bytes([wire.CERT_X509_SIGNATURE]) + octets) for octets in certificates] + [
            (SIG, crypto.sign(self.config.key, proof))]

    def check_proof(self, root, payloads):
        """Whether the peer's message 5 or 6 proves who it is; returns the identity or raises Failed."""
        if self.method in ENCRYPTING:
            if wire.only(payloads, HASH) != self.authenticator(root, not self.is_initiator, self.peer_identity):
                raise Failed("the peer's HASH is wrong")
            return
        self.peer_identity = wire.only(payloads, ID)
        expected = self.authenticator(root, not self.is_initiator, self.peer_identity)
        if self.method == "preshared":
            if wire.only(payloads, HASH) != expected:
                raise Failed("the peer's HASH is wrong")
            return
        key = self.signer(payloads)
        if not crypto.verify(key, expected, wire.only(payloads, SIG)):
            raise Failed("the peer's SIG is wrong")

    def signer(self, payloads):
        """The key that may sign for the identity shown: from our store, or vouched for by our authority."""
        sent = [payload.body for payload in payloads if payload.kind == CERT]
        self.config.report(event="certificates", encodings=[body[0] for body in sent],
                           sha256=[crypto.digest("sha256", body[1:]).hex() for body in sent])
        if not self.config.authority:
            return self.key_of_peer()
        for body in sent:
            certificate = x509.load_der_x509_certificate(body[1:])
            if names(certificate, self.peer_identity) and seal.vouches(self.config.authority, certificate):
                return certificate.public_key()
        raise Failed("no certificate of our authority for %s" % wire.identity_text(self.peer_identity))

    def open(self, cbc, iv, message):
        """The payloads of an encrypted message, and the chain after it."""
        if not message.flags & wire.ENCRYPTED:
            raise Failed("message 5 or 6 is in clear")
        payloads = wire.unchain(message.first, cbc.decrypt(iv, message.body))
        if not payloads:
            raise Failed("message 5 or 6 is empty")
        return payloads, message.body[-cbc.block:]

    def sealed(self, place, cbc, iv, payloads):
        first, octets = wire.chain(vary.payloads_of(self.config.vary, place, payloads, self.cky_i + self.cky_r))
        body = seal.bent_body(self.config.bent, cbc.encrypt(iv, vary.padded(self.config.vary, cbc, octets)))
        return wire.Message(self.cky_i, self.cky_r, wire.MAIN_MODE, 0, wire.ENCRYPTED, first,
                            body).encode(), body[-cbc.block:]

    def first_iv(self, cbc):
        return crypto.digest(self.hash_name, b"".join(self.publics()))[:cbc.block]

    def established(self, cbc, keys, last_block, cisco):
        self.config.report(
            event="phase1", method=self.method, role="initiator" if self.is_initiator else "responder",
            hash=self.hash_name, cipher=self.cipher, group=self.group,
            cookies=(self.cky_i + self.cky_r).hex(), peer=wire.identity_text(self.peer_identity),
            skeyid=("cisco" if cisco else "rfc") if self.method in ENCRYPTING else None,
            skeyid_d=keys[0].hex(), skeyid_a=keys[1].hex(), skeyid_e=keys[2].hex())
        return Isakmp(self.cky_i, self.cky_r, self.hash_name, cbc, keys, last_block, self.config.vary)

    # The two courses.

    def initiate(self):
        self.is_initiator = True
        offer = self.offer()
        self.sa_body = wire.encode_sa(offer, self.long())
        answer = yield self.message("1", [(wire.SA, self.sa_body)])
        self.cky_r = answer.cky_r
        chosen = wire.accepted(offer, wire.decode_sa(wire.only(wire.unchain(answer.first, answer.body), wire.SA)))
        if not self.take(chosen.items()):
            raise Failed("the peer chose what we cannot do")
        key = next(self.peer_certificates()).public_key() if self.method in ENCRYPTING else None
        answer = yield self.message("3", self.key_exchange(key))
        self.read_answer(answer)
        cisco = self.config.skeyid == "cisco"
        root, keys, cbc = self.keys(cisco)
        sent, chain = self.sealed("5", cbc, self.first_iv(cbc), self.proof(root))
        answer = yield sent
        payloads, chain = self.open(cbc, chain, answer)
        self.check_proof(root, payloads)
        if self.method in ENCRYPTING and not names(next(self.peer_certificates()), self.peer_identity):
            raise Failed("%s is not in the certificate of the key" % wire.identity_text(self.peer_identity))
        return self.established(cbc, keys, chain, cisco), None

    def read_answer(self, answer):
        """Message 4. Who probes goes on with what nobody can know, to see what comes of message 5."""
        try:
            self.read_key_exchange(answer)
        except TROUBLE as trouble:
            if not self.config.bent:
                raise
            self.config.report(event="opaque", why=str(trouble))
            self.peer_nonce, self.peer_identity = os.urandom(32), self.identity
            self.peer_public = self.peer_public or crypto.Dh(self.group).public

    def read_third(self, third):
        """Message 3; the key that message 4 is encrypted to, for the methods that do so."""
        try:
            self.read_key_exchange(third)
            return self.key_of_peer() if self.method in ENCRYPTING else None
        except TROUBLE as trouble:
            if not self.config.blind:
                raise
            self.config.report(event="opaque", why=str(trouble))
            self.peer_nonce, self.peer_identity = os.urandom(32), self.identity
            self.peer_public = crypto.Dh(self.group).public
            return next(self.peer_certificates()).public_key()

    def respond(self, first):
        """first: message 1."""
        self.is_initiator = False
        self.cky_i, self.cky_r = first.cky_i, self.cky_i
        self.sa_body = wire.only(wire.unchain(first.first, first.body), wire.SA)
        proposals = wire.decode_sa(self.sa_body)
        choices = [(proposal, transform) for proposal in proposals for transform in proposal.transforms
                   if self.take(transform[2])]
        if not choices:
            raise Failed("nothing of the offer is ours")
        proposal, transform = choices[0]
        self.take(transform[2])
        third = yield self.message("2", [(wire.SA, wire.encode_sa(
            [wire.Proposal(proposal.number, proposal.protocol, b"", [transform])], self.long()))])
        key = self.read_third(third)
        fifth = yield self.message("4", self.key_exchange(key))
        forms = [False, True] if self.method in ENCRYPTING and self.config.skeyid == "auto" \
            else [self.config.skeyid == "cisco"]
        for cisco in forms:
            root, keys, cbc = self.keys(cisco)
            try:
                payloads, chain = self.open(cbc, self.first_iv(cbc), fifth)
                self.check_proof(root, payloads)
                break
            except TROUBLE:
                if cisco is forms[-1]:
                    raise
        self.config.report(event="proof", payloads=wire.named(payloads))
        sent, chain = self.sealed("6", cbc, chain, self.proof(root))
        return self.established(cbc, keys, chain, cisco), sent
