"""A plain model of how an IPsec policy decides (the manual of ipsecconf, "order and precedence").

Written for the tests alone, from the description and not from the product: a list of entries, each
asked in turn. It understands what the policy files of these tests say, no more, and it is slow.

A row of a packet, as all of these programs read and write it:

    DIRECTION PROTOCOL LOCAL REMOTE [A B] = INDEX FATE

DIRECTION out or in. PROTOCOL is a number or one of NAMES. A and B are the local and the remote port
(tcp, udp, sctp, dccp, udplite), or type and code (icmp, ipv6-icmp). INDEX counts the entries of the
policy from 1, "-" is none. FATE is protect, bypass, drop, or pass where no entry matches.
"""
import ipaddress
import re

NAMES = {"icmp": 1, "tcp": 6, "udp": 17, "dccp": 33, "gre": 47, "ipv6-icmp": 58, "sctp": 132, "udplite": 136}
WITH_PORTS = {6, 17, 33, 132, 136}
ICMP = {1, 58}
SERVICES = {"telnet": 23, "domain": 53, "http": 80, "https": 443, "smtp": 25}
ICMP_TYPES = {
    "unreach": 3, "echo": 8, "echorep": 0, "redir": 5, "timex": 11, "unreach6": 1, "pkttoobig6": 2,
    "echo6": 128, "echorep6": 129, "router-sol6": 133, "router-ad6": 134, "neigh-sol6": 135,
    "neigh-ad6": 136, "redir6": 137,
}
ICMP_CODES = {"net-unr": 0, "host-unr": 1, "port-unr": 3, "needfrag": 4, "port-unr6": 4}
LOCAL = {"laddr", "local"}
REMOTE = {"raddr", "remote"}
SOURCE = {"saddr", "src", "srcaddr"}
DESTINATION = {"daddr", "dst", "dstaddr"}
OLD_STYLE = SOURCE | DESTINATION | {"sport", "dport", "smask", "dmask"}


class Packet:
    """One packet as this host sees it: local is ours whichever way it goes."""

    def __init__(self, direction, protocol, local, remote, a=None, b=None):
        self.direction, self.protocol = direction, protocol
        self.local, self.remote, self.a, self.b = local, remote, a, b

    @staticmethod
    def read(words):
        number = NAMES[words[1]] if words[1] in NAMES else int(words[1])
        rest = [int(word) for word in words[4:6]]
        return Packet(words[0], number, ipaddress.ip_address(words[2]),
                      ipaddress.ip_address(words[3]), *rest)

    def text(self):
        name = next((n for n, number in NAMES.items() if number == self.protocol), str(self.protocol))
        words = [self.direction, name, str(self.local), str(self.remote)]
        return " ".join(words + [str(n) for n in (self.a, self.b) if n is not None])


class Entry:
    """One entry of the file: what it matches, and what it does."""

    def __init__(self):
        self.directions = {"in", "out"}
        self.local = self.remote = self.protocol = None
        self.local_port = self.remote_port = 0
        self.type = self.code = None
        self.alternatives = []

    def holds(self, packet):
        if packet.direction not in self.directions:
            return False
        for side, address in ((self.local, packet.local), (self.remote, packet.remote)):
            if side is not None and (side.version != address.version or address not in side):
                return False
        if self.protocol is not None and packet.protocol != self.protocol:
            return False
        if (self.local_port or self.remote_port) and packet.protocol not in WITH_PORTS:
            return False
        if self.local_port and packet.a != self.local_port:
            return False
        if self.remote_port and packet.b != self.remote_port:
            return False
        if self.type is not None and not self.type[0] <= packet.a <= self.type[1]:
            return False
        return self.code is None or self.code[0] <= packet.b <= self.code[1]

    def is_pass(self):
        return any(action in ("bypass", "pass") for action, _ in self.alternatives)

    def rank(self):
        """The class, the first to be asked lowest."""
        if self.is_pass():
            return 0
        ah = any("auth_algs" in words for _, words in self.alternatives)
        esp = any("encr_algs" in words or "encr_auth_algs" in words for _, words in self.alternatives)
        return {(True, True): 1, (False, True): 2, (True, False): 3, (False, False): 4}[ah, esp]

    def fate(self):
        if self.is_pass():
            return "bypass"
        return "drop" if self.alternatives[0][0] == "drop" else "protect"

    def pattern(self):
        return (frozenset(self.directions), self.local, self.remote, self.protocol, self.local_port,
                self.remote_port, self.type, self.code)


def numbers(word, names):
    """"8", "echo" or "133-137" as an inclusive range."""
    if word in names:
        return (names[word], names[word])
    first, _, last = word.partition("-")
    return (int(first), int(last or first))


def network(word, mask):
    if mask is not None:
        bits = int(mask, 16) if mask.startswith("0x") else int(ipaddress.IPv4Address(mask))
        word = "%s/%d" % (word, bin(bits).count("1"))
    return ipaddress.ip_network(word, strict=False)


def pairs(text):
    words = text.split()
    return dict(zip(words[::2], words[1::2]))


def read_entry(text):
    entry = Entry()
    blocks = re.findall(r"(\w*)\s*\{([^}]*)\}", text)
    pattern = pairs(blocks[0][1])
    entry.alternatives = [(action, pairs(block)) for action, block in blocks[1:]]
    first = entry.alternatives[0]
    direction = pattern.get("dir") or first[1].get("dir")
    direction = {"apply": "out", "permit": "in"}.get(first[0], direction) or "both"
    entry.directions = {"in", "out"} if direction == "both" else {direction}
    word = {}
    for key, value in pattern.items():
        for name, synonyms in (("local", LOCAL), ("remote", REMOTE), ("source", SOURCE),
                               ("destination", DESTINATION), ("ulp", {"ulp", "proto"})):
            if key in synonyms:
                key = name
                break
        word[key] = value
    # Old style speaks of the packet, new style of this host.
    local, remote = ("source", "destination") if direction == "out" else ("destination", "source")
    if OLD_STYLE & set(pattern):
        masks = {"source": "smask", "destination": "dmask"}
        ports = {"source": "sport", "destination": "dport"}
    else:
        local, remote = "local", "remote"
        masks, ports = {}, {"local": "lport", "remote": "rport"}
    for side, name in (("local", local), ("remote", remote)):
        if name in word:
            setattr(entry, side, network(word[name], word.get(masks.get(name))))
        if ports[name] in word:
            value = word[ports[name]]
            setattr(entry, side + "_port", SERVICES.get(value) or int(value))
    if "ulp" in word:
        entry.protocol = NAMES[word["ulp"]] if word["ulp"] in NAMES else int(word["ulp"])
    if "type" in word:
        entry.type = numbers(word["type"], ICMP_TYPES)
    if "code" in word:
        entry.code = numbers(word["code"], ICMP_CODES)
    return entry


class Policy:
    """Entries of a file, in the order in which they are asked."""

    def __init__(self, text):
        joined = re.sub(r"#[^\n]*", "", text)
        joined = re.sub(r"\{([^}]*)\}", lambda m: "{%s}" % " ".join(m.group(1).split()), joined)
        joined = re.sub(r"\n\s*\{(?=[^}]*\}\s*(\n|or\b|$))", "{", joined)
        self.entries = [read_entry(line) for line in joined.splitlines() if line.strip()]
        seen, numbered = set(), []
        for entry in self.entries:
            if entry.pattern() not in seen:
                seen.add(entry.pattern())
                numbered.append((len(numbered) + 1, entry))
        self.ordered = sorted(numbered, key=lambda pair: pair[1].rank())

    def decide(self, packet):
        """The number of the entry ("-": none), its fate, and its class."""
        for index, entry in self.ordered:
            if entry.holds(packet):
                return str(index), entry.fate(), entry.rank()
        return "-", "pass", None


def read_rows(stream):
    """Yields (name, policy text, [(line, packet words, index, fate)]) from a file of rows:
    "policy NAME", the policy's lines, "packets", rows; comments and empty lines in between."""
    name = text = rows = None
    for number, line in enumerate(stream, 1):
        line = line.rstrip("\n")
        words = line.split()
        if words[:1] == ["policy"]:
            if name is not None:
                yield name, text, rows
            name, text, rows = " ".join(words[1:]), "", None
        elif words == ["packets"]:
            rows = []
        elif rows is None and name is not None:
            text += line + "\n"
        elif words and not line.startswith("#"):
            at = words.index("=")
            rows.append((number, words[:at], words[at + 1], words[at + 2]))
    if name is not None:
        yield name, text, rows
