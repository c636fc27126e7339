"""Quick Mode of both roles and Informational messages. RFC 2409 sections 5.5 and 5.7.

The courses are generators as in main_mode.
"""
import hmac
import struct

from . import crypto, vary, wire
from .main_mode import Failed
from .wire import HASH, ID, KE, NONCE

LIFE_SECONDS = 3600


class Wishes:
    """What an IPsec SA is to be: as initiator what is offered, as responder what is accepted."""

    def __init__(self, **words):
        self.ciphers, self.integrity = ["aes128"], ["sha256"]
        self.mode, self.group = "tunnel", 0      # group 0: without PFS; a responder takes either then
        self.local = self.remote = None          # bodies of the ID payloads; None: the two ends
        self.first_number = 1
        self.nonce_octets = 32
        vars(self).update(words)


class Pair:
    """Two SAs of ESP: each with its SPI, the key of its cipher and that of its integrity."""

    def __init__(self, cipher, integrity, mode, inbound, outbound):
        self.cipher, self.integrity, self.mode = cipher, integrity, mode
        (self.spi_in, self.keymat_in), (self.spi_out, self.keymat_out) = inbound, outbound


def hash_of(sa, *pieces):
    return crypto.prf(sa.hash_name, sa.skeyid_a, b"".join(pieces))


def mid_octets(mid):
    return struct.pack("!L", mid)


class Talk:
    """The messages of one message ID: their chain of IVs, and HASH in front of each."""

    def __init__(self, sa, exchange, mid):
        self.sa, self.exchange, self.mid, self.iv = sa, exchange, mid, sa.iv(mid)

    def seal(self, payloads, before=b""):
        """HASH(1) or HASH(2): prf(SKEYID_a, M-ID | before | what follows HASH)."""
        _, rest = wire.chain(payloads)
        return self.seal_with(hash_of(self.sa, mid_octets(self.mid), before, rest), payloads)

    def seal_with(self, authenticator, payloads):
        first, octets = wire.chain([(HASH, authenticator)] + payloads)
        body = self.sa.cbc.encrypt(self.iv, vary.padded(self.sa.vary, self.sa.cbc, octets))
        self.iv = body[-self.sa.cbc.block:]
        return wire.Message(self.sa.cky_i, self.sa.cky_r, self.exchange, self.mid, wire.ENCRYPTED,
                            first, body).encode()

    def decrypt(self, message):
        """The payloads, HASH first, and the octets that stand behind HASH; the chain moves."""
        if not message.flags & wire.ENCRYPTED:
            raise Failed("a message of phase 2 is in clear")
        plain = self.sa.cbc.decrypt(self.iv, message.body)
        payloads = wire.unchain(message.first, plain)
        if not payloads or payloads[0].kind != HASH:
            raise Failed("HASH is not the first payload")
        self.iv = message.body[-self.sa.cbc.block:]
        return payloads, plain[payloads[0].end:payloads[-1].end]

    def open(self, message, before=b""):
        payloads, rest = self.decrypt(message)
        self.compare(payloads, hash_of(self.sa, mid_octets(self.mid), before, rest))
        return payloads[1:]

    @staticmethod
    def compare(payloads, expected):
        if not hmac.compare_digest(payloads[0].body, expected):
            raise Failed("HASH of a message of phase 2 is wrong")


def informational(sa, mid, payloads):
    return Talk(sa, wire.INFORMATIONAL, mid).seal(payloads)


def read_informational(sa, message):
    return Talk(sa, wire.INFORMATIONAL, message.mid).open(message)


class QuickMode:
    """One negotiation."""

    def __init__(self, config, sa, wishes, mid):
        self.config, self.sa, self.wishes = config, sa, wishes
        self.talk = Talk(sa, wire.QUICK_MODE, mid)
        self.nonce = config.octets("quick nonce", wishes.nonce_octets)
        self.spi = config.octets("spi", 4)
        self.dh = None
        self.local, self.remote = wishes.local, wishes.remote

    def offer(self):
        wishes, transforms = self.wishes, []
        number = vary.number_of(self.sa.vary, wishes.first_number)
        for cipher in wishes.ciphers:
            for integrity in wishes.integrity:
                _, identifier, octets, has_bits = crypto.CIPHERS[cipher]
                pairs = [(wire.P2_MODE, wire.MODES[wishes.mode]), (wire.P2_LIFE_TYPE, 1),
                         (wire.P2_LIFE, LIFE_SECONDS), (wire.P2_AUTH, crypto.INTEGRITY[integrity][0])]
                pairs += [(wire.P2_KEY_BITS, octets * 8)] * has_bits
                pairs += [(wire.P2_GROUP, wishes.group)] * bool(wishes.group)
                pairs = vary.pairs_of(self.sa.vary, pairs, wire.P2_LIFE)
                transforms.append((number + len(transforms), identifier, pairs))
        return [wire.Proposal(number, wire.PROTOCOL_ESP, self.spi, transforms)]

    def understand(self, identifier, pairs):
        """(cipher, integrity, mode, group) of a transform, or None when it is not wished for."""
        wanted = dict(pairs)
        ciphers = [name for name in self.wishes.ciphers if crypto.CIPHERS[name][1] == identifier
                   and (not crypto.CIPHERS[name][3] or wanted.get(wire.P2_KEY_BITS) == crypto.CIPHERS[name][2] * 8)]
        integrity = [name for name in self.wishes.integrity
                     if crypto.INTEGRITY[name][0] == wanted.get(wire.P2_AUTH)]
        known = {wire.P2_LIFE_TYPE, wire.P2_LIFE, wire.P2_GROUP, wire.P2_MODE, wire.P2_AUTH, wire.P2_KEY_BITS}
        group = wanted.get(wire.P2_GROUP, 0)
        if not ciphers or not integrity or set(wanted) - known \
                or wanted.get(wire.P2_MODE) != wire.MODES[self.wishes.mode] \
                or (self.wishes.group and group != self.wishes.group) \
                or (group and group not in crypto.GROUPS):
            return None
        return ciphers[0], integrity[0], self.wishes.mode, group

    def body(self, place, proposals, others):
        """The payloads of message 1 or 2."""
        long = [wire.P2_LIFE] * ("long-life" in self.sa.vary)
        return vary.payloads_of(self.sa.vary, place, [(wire.SA, wire.encode_sa(proposals, long))] + others,
                                self.sa.cky_i + self.sa.cky_r)

    def identities(self, initiator, responder):
        return [(ID, initiator), (ID, responder)] if initiator and responder else []

    def keymat(self, spi, shared, nonces, octets):
        seed = shared + bytes([wire.PROTOCOL_ESP]) + spi + nonces
        block = keymat = b""
        while len(keymat) < octets:
            block = crypto.prf(self.sa.hash_name, self.sa.skeyid_d, block + seed)
            keymat += block
        return keymat[:octets]

    def agreed(self, is_initiator, choice, peer_spi, peer_nonce, peer_public):
        """The pair: the SA towards somebody has the SPI that he chose."""
        cipher, integrity, mode, group = choice
        shared = self.dh.shared(peer_public) if group else b""
        nonces = self.nonce + peer_nonce if is_initiator else peer_nonce + self.nonce
        octets = crypto.CIPHERS[cipher][2] + crypto.INTEGRITY[integrity][2]
        pair = Pair(cipher, integrity, mode, (self.spi, self.keymat(self.spi, shared, nonces, octets)),
                    (peer_spi, self.keymat(peer_spi, shared, nonces, octets)))
        self.config.report(
            event="phase2", role="initiator" if is_initiator else "responder", mid=self.talk.mid,
            cipher=cipher, integrity=integrity, mode=mode, pfs=group,
            local=self.local and wire.identity_text(self.local),
            remote=self.remote and wire.identity_text(self.remote),
            spi_in=pair.spi_in.hex(), spi_out=pair.spi_out.hex(),
            keymat_in=pair.keymat_in.hex(), keymat_out=pair.keymat_out.hex())
        return pair

    def read(self, payloads):
        """Nonce, public value or None, and the two identities or nothing of a message 1 or 2."""
        if payloads[0].kind != wire.SA:
            raise Failed("SA does not follow HASH")
        publics = [payload.body for payload in payloads if payload.kind == KE]
        identities = [payload.body for payload in payloads if payload.kind == ID]
        if len(publics) > 1 or len(identities) not in (0, 2):
            raise Failed("%d of KE, %d of ID" % (len(publics), len(identities)))
        nonce = wire.only(payloads, NONCE)
        if not 8 <= len(nonce) <= 256:
            raise Failed("a nonce of %d octets" % len(nonce))
        return nonce, publics[0] if publics else None, identities

    def initiate(self):
        offer = self.offer()
        self.dh = self.config.dh(self.wishes.group) if self.wishes.group else None
        sent_ids = self.identities(self.local, self.remote)
        answer = yield self.talk.seal(self.body("Q1", offer, [(NONCE, self.nonce)] + (
            [(KE, self.dh.public)] if self.dh else []) + sent_ids))
        payloads = self.talk.open(answer, self.nonce)
        nonce, public, identities = self.read(payloads)
        chosen = wire.decode_sa(payloads[0].body)
        pairs = wire.accepted(offer, chosen)
        choice = self.understand(chosen[0].transforms[0][1], pairs.items())
        if choice is None or bool(public) != bool(choice[3]) or len(chosen[0].spi) != 4:
            raise Failed("the peer's choice and what it sent do not agree")
        if identities != [body for _, body in sent_ids]:
            self.config.report(event="identities", sent=[wire.identity_text(body) for _, body in sent_ids],
                               returned=[wire.identity_text(body) for body in identities])
            if identities:
                self.local, self.remote = identities
        pair = self.agreed(True, choice, chosen[0].spi, nonce, public)
        return pair, self.talk.seal_with(
            hash_of(self.sa, b"\0", mid_octets(self.talk.mid), self.nonce, nonce), [])

    def respond(self, first):
        payloads = self.talk.open(first)
        nonce, public, identities = self.read(payloads)
        if identities:
            self.remote, self.local = identities
        choices = [(proposal, transform, self.understand(transform[1], transform[2]))
                   for proposal in wire.decode_sa(payloads[0].body) for transform in proposal.transforms
                   if proposal.protocol == wire.PROTOCOL_ESP and len(proposal.spi) == 4]
        choices = [choice for choice in choices if choice[2] and bool(choice[2][3]) == bool(public)]
        if not choices:
            raise Failed("nothing of the offer of phase 2 is ours")
        proposal, transform, choice = choices[0]
        self.dh = self.config.dh(choice[3]) if choice[3] else None
        pair = self.agreed(False, choice, proposal.spi, nonce, public)
        answer = wire.Proposal(proposal.number, proposal.protocol, self.spi, [transform])
        third = yield self.talk.seal(self.body("Q2", [answer], [(NONCE, self.nonce)] + (
            [(KE, self.dh.public)] if self.dh else []) + [(ID, body) for body in identities]), nonce)
        payloads, _ = self.talk.decrypt(third)
        self.talk.compare(payloads, hash_of(self.sa, b"\0", mid_octets(self.talk.mid), nonce, self.nonce))
        return pair, None
