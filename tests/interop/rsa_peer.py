#!/usr/bin/env python3
"""An IKEv1 peer for tests: every method of authentication of RFC 2409, and every mistake a peer can make.

It was written from the RFCs alone, so that what it and in.iked agree on is what the RFCs say. What it
does and hears it prints as lines of JSON, keys among them.

    rsa_peer.py initiate LOCAL REMOTE [OPTION...]      Main Mode, then Quick Mode
    rsa_peer.py respond LOCAL REMOTE [OPTION...]       waits for the other end to begin
    rsa_peer.py probe LOCAL REMOTE [OPTION...]         makes every mistake of a method that encrypts
                                                       in turn, --rounds times; status 0 when all that
                                                       a peer has to hide looks alike (peer/probe.py)
    rsa_peer.py certificate PREFIX rsa|dsa NAME [--ip ADDRESS] [--use sign|encrypt] [--bits N]
                                                       a key and its certificate: PREFIX.key, PREFIX.crt

It ends after --for seconds, or with SIGTERM, and tells the peer so; at once when a negotiation that it
began fails (status 1). LOCAL and REMOTE are addresses of IPv4; --local and --remote are the inner
networks of a tunnel. Echo requests that come through ESP are answered here, not by the kernel.
"""
import argparse
import datetime
import io
import ipaddress
import json
import select
import signal
import socket
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.x509.oid import NameOID

from peer import crypto, seal, vary, wire
from peer.agent import Agent
from peer.main_mode import ENCRYPTING, Config
from peer.probe import Probe
from peer.quick_mode import Wishes

ESP = 50
PORT = 500


def make_certificate(kind, name, address=None, use="sign", bits=2048):
    """(private key, certificate): self-signed, subject CN=name, alternative names DNS and IP."""
    key = rsa.generate_private_key(65537, bits) if kind == "rsa" else dsa.generate_private_key(bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    others = [x509.DNSName(name)] + ([x509.IPAddress(ipaddress.ip_address(address))] if address else [])
    now = datetime.datetime.utcnow()
    usage = {word: False for word in ("content_commitment", "data_encipherment", "key_agreement",
                                      "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")}
    usage.update(digital_signature=use == "sign", key_encipherment=use == "encrypt")
    certificate = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), now - datetime.timedelta(hours=1),
        now + datetime.timedelta(days=30)).add_extension(
            x509.SubjectAlternativeName(others), critical=False).add_extension(
                x509.KeyUsage(**usage), critical=True).sign(key, hashes.SHA256())
    return key, certificate


def write_certificate(options):
    key, certificate = make_certificate(options.kind, options.name, options.ip, options.use, options.bits)
    with open(options.prefix + ".key", "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
    with open(options.prefix + ".crt", "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))


def read_certificate(path):
    """PEM or DER, in DER."""
    with open(path, "rb") as file:
        octets = file.read()
    certificate = x509.load_pem_x509_certificate(octets) if octets.lstrip().startswith(b"-----") \
        else x509.load_der_x509_certificate(octets)
    return certificate.public_bytes(serialization.Encoding.DER)


def read_key(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


def identity_of(text, options):
    """ip:ADDRESS, fqdn:NAME, mail:NAME or dn; by default the address, and the subject where one is sent."""
    text = text or ("ip:" + options.local_address if options.method == "preshared" else "dn")
    kind, _, value = text.partition(":")
    if kind == "dn":
        return wire.identity(wire.ID_DN, x509.load_der_x509_certificate(
            read_certificate(options.certificate[0])).subject.public_bytes())
    if kind == "ip":
        return wire.address_identity(value)
    return wire.identity({"fqdn": wire.ID_FQDN, "mail": wire.ID_USER_FQDN}[kind], value.encode())


class Report:
    """Lines of JSON with the seconds since the start."""

    def __init__(self, file=sys.stdout):
        self.file, self.begin, self.lines = file, time.monotonic(), []

    def __call__(self, **words):
        self.lines.append({"clock": time.monotonic(), **words})
        print(json.dumps({"at": round(time.monotonic() - self.begin, 4),
                          **{word: value for word, value in words.items() if value is not None}}),
              file=self.file, flush=True)


def bends(texts):
    bent = {}
    for text in texts:
        place, _, flaw = text.partition(":")
        if flaw not in seal.BENT.get(place, ()):
            raise SystemExit("--bend %s: the places and their flaws are %s" % (text, json.dumps(seal.BENT)))
        bent[place] = flaw
    return bent


def config_of(options, report):
    config = Config(
        options.method, ciphers=options.cipher, hashes=options.hash, groups=options.group,
        psk=bytes.fromhex(options.psk), skeyid=options.skeyid, hash1=options.hash1, report=report,
        request=options.request, blind=options.blind, vary=options.vary,
        nonce_octets=options.nonce, nonce_first=options.nonce_first, bent=bends(options.bend),
        identity=identity_of(options.id, options), send_certificate=not options.no_certificate,
        certificates=[read_certificate(path) for path in options.certificate],
        peers=[read_certificate(path) for path in options.peer])
    if options.key:
        config.key = read_key(options.key)
    if options.authority:
        config.authority = x509.load_der_x509_certificate(read_certificate(options.authority))
    return config


def wishes_of(options):
    ends = {}
    for side, address in (("local", options.local_address), ("remote", options.remote_address)):
        text = getattr(options, side) or (address if options.mode == "transport" else None)
        text = None if options.no_ids else text
        ends[side] = wire.address_identity(text) if text else None
    return Wishes(ciphers=options.esp_cipher, integrity=options.esp_hash, mode=options.mode,
                  group=options.pfs, nonce_octets=options.nonce, **ends)


class Loop:
    """The sockets and the clock of an agent."""

    def __init__(self, options):
        self.options, self.report = options, Report()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.udp.bind((options.local_address, options.port))
        self.sockets = {self.udp: self.hear}
        self.raw = None
        if not options.no_esp:
            self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, ESP)
            self.raw.bind((options.local_address, 0))
            self.sockets[self.raw] = self.hear_esp
        peer = (options.remote_address, options.remote_port or options.port)
        self.agent = Agent(
            config_of(options, self.report), wishes_of(options),
            lambda datagram: self.udp.sendto(datagram, peer),
            lambda packet: self.raw and self.raw.sendto(packet, (options.remote_address, 0)),
            (options.local_address, options.remote_address), options.tries, options.interval)
        self.pings, self.next_ping = 0, 0

    def ask(self, bent):
        """One Main Mode with these mistakes, each message said once; what was said and heard."""
        report = Report(io.StringIO())
        self.agent.config.report, self.agent.config.bent = report, bent
        agent = self.agent = Agent(self.agent.config, self.agent.wishes, self.agent.send, self.agent.send_esp,
                                   self.agent.addresses, 0, self.options.interval)
        agent.begin_main(False)
        cookie = next(iter(agent.courses))[1]
        while agent.courses:
            if select.select([self.udp], [], [], 0.02)[0]:
                datagram, source = self.udp.recvfrom(65535)
                # What is late and of another negotiation says nothing about this one.
                if source[0] == self.options.remote_address and datagram[:8] == cookie:
                    agent.hear(datagram)
            agent.tick()
        return report.lines

    def probe(self):
        lines = self.ask({})
        self.report(event="honest", phase1=bool(self.agent.sa))
        if not self.agent.sa:
            print(json.dumps(lines))
            return 1
        self.agent.end()
        return 0 if Probe(self.options.method, self.ask, self.options.rounds, self.report).run() else 1

    def hear(self):
        datagram, source = self.udp.recvfrom(65535)
        if source[0] == self.options.remote_address:
            self.agent.hear(datagram)

    def hear_esp(self):
        packet, source = self.raw.recvfrom(65535)
        if source[0] == self.options.remote_address and packet[0] >> 4 == 4:
            self.agent.hear_esp(packet[(packet[0] & 15) * 4:])

    def ping(self):
        now = time.monotonic()
        if not self.options.ping or not self.agent.esp or now < self.next_ping \
                or self.pings >= self.options.pings:
            return
        self.next_ping = now + 0.2
        source, _, destination = self.options.ping.partition(",")
        self.agent.ping(source, destination, self.pings)
        self.pings += 1

    def is_over(self, began):
        if began and self.agent.failed and not self.options.bend:
            return True
        return self.options.once and self.agent.esp and not self.agent.courses \
            and self.agent.echoes["replies"] >= (self.options.pings if self.options.ping else 0)

    def run(self):
        began = self.options.verb == "initiate"
        end = time.monotonic() + self.options.seconds
        self.report(event="ready", verb=self.options.verb)
        try:
            if began:
                self.agent.begin_main(not self.options.no_quick)
            while time.monotonic() < end and not self.is_over(began):
                for ready in select.select(list(self.sockets), [], [], 0.05)[0]:
                    self.sockets[ready]()
                self.agent.tick()
                self.ping()
        except KeyboardInterrupt:
            pass
        self.agent.end()
        self.report(event="ended", phase1=bool(self.agent.sa), phase2=bool(self.agent.esp), **self.agent.echoes)
        return 0 if self.agent.esp or (self.options.no_quick and self.agent.sa) else 1


def parser():
    whole = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = whole.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("certificate")
    make.add_argument("prefix")
    make.add_argument("kind", choices=["rsa", "dsa"])
    make.add_argument("name")
    make.add_argument("--ip")
    make.add_argument("--use", choices=["sign", "encrypt"], default="sign")
    make.add_argument("--bits", type=int, default=2048)
    for verb in ("initiate", "respond", "probe"):
        one = verbs.add_parser(verb)
        one.add_argument("local_address")
        one.add_argument("remote_address")
        one.add_argument("--method", choices=sorted(wire.METHODS), default="preshared")
        words = [("cipher", crypto.CIPHERS, "aes128"), ("hash", crypto.HASHES, "sha256"),
                 ("esp-cipher", crypto.CIPHERS, "aes128"), ("esp-hash", crypto.INTEGRITY, "sha256")]
        for word, table, default in words:
            one.add_argument("--" + word, choices=sorted(table), nargs="+", default=[default])
        one.add_argument("--group", type=int, choices=sorted(crypto.GROUPS), nargs="+", default=[14])
        one.add_argument("--psk", default="", help="hexadecimal")
        one.add_argument("--id", help=identity_of.__doc__)
        one.add_argument("--key", help="private key in PEM")
        one.add_argument("--certificate", nargs="+", default=[], help="ours, the one of the key first")
        one.add_argument("--peer", nargs="+", default=[], help="certificates of the peers that are known")
        one.add_argument("--authority", help="signs the peers' certificates instead")
        one.add_argument("--request", type=int, choices=[4, 5], help="send a CERTREQ of this encoding")
        one.add_argument("--no-certificate", action="store_true")
        one.add_argument("--skeyid", choices=["rfc", "cisco", "auto"], default="rfc")
        one.add_argument("--hash1", action="store_true", help="name the key that is used, in message 3")
        one.add_argument("--nonce-first", action="store_true")
        one.add_argument("--bend", nargs="+", default=[], metavar="PLACE:FLAW")
        one.add_argument("--vary", nargs="+", default=[], choices=sorted(vary.FORMS), metavar="FORM",
                         help="say the same in another form: " + ", ".join(sorted(vary.FORMS)))
        one.add_argument("--nonce", type=int, default=32, help="octets of the nonces")
        one.add_argument("--no-ids", action="store_true", help="Quick Mode without identities")
        one.add_argument("--mode", choices=sorted(wire.MODES), default="tunnel")
        one.add_argument("--local")
        one.add_argument("--remote")
        one.add_argument("--pfs", type=int, choices=[0] + sorted(crypto.GROUPS), default=0)
        one.add_argument("--ping", metavar="FROM,TO")
        one.add_argument("--pings", type=int, default=5)
        one.add_argument("--no-quick", action="store_true")
        one.add_argument("--no-esp", action="store_true")
        one.add_argument("--once", action="store_true", help="end when the pair stands and the pings are answered")
        one.add_argument("--for", dest="seconds", type=float, default=60)
        one.add_argument("--tries", type=int, default=5)
        one.add_argument("--interval", type=float, default=1.0)
        one.add_argument("--rounds", type=int, default=3)
        one.add_argument("--blind", action="store_true", help="never show that message 3 was wrong")
        one.add_argument("--port", type=int, default=PORT)
        one.add_argument("--remote-port", type=int)
    return whole


def main():
    options = parser().parse_args()
    if options.verb == "certificate":
        write_certificate(options)
        return 0
    if options.method in ENCRYPTING and not (options.peer and options.key):
        raise SystemExit("the methods that encrypt need --key, --certificate and --peer")

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    loop = Loop(options)
    return loop.probe() if options.verb == "probe" else loop.run()


if __name__ == "__main__":
    sys.exit(main())
