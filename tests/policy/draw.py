"""Random policies and packets for the tests of what a policy means; all comes from the generator
that is handed in."""
import ipaddress

import model

LOCAL4 = ["10.1.0.1", "10.1.0.2", "10.1.1.1"]
REMOTE4 = ["10.2.0.1", "10.2.0.2", "10.2.0.130", "10.2.1.1"]
LOCAL6 = ["fd00:1::1", "fd00:1::2"]
REMOTE6 = ["fd00:2::1", "fd00:2::2", "fd00:2:0:1::1"]
PORTS = [22, 80, 1025]
PROTOCOLS = ["tcp", "udp", "icmp", "ipv6-icmp", "gre", "89"]
TYPES = [0, 3, 8, 9, 128, 135]
PREFIXES4 = [8, 24, 25, 31, 32]
PREFIXES6 = [16, 48, 63, 64, 128]
ACTIONS = [
    ("bypass {}", 4),
    ("ipsec {auth_algs sha256 encr_algs aes}", 6),
    ("ipsec {encr_algs aes encr_auth_algs sha256}", 6),
    ("ipsec {encr_algs aes-gcm sa unique}", 1),
    ("ipsec {auth_algs sha256}", 11),
    ("drop {}", 22),
    ("ipsec {encr_algs aes-gcm} or pass {}", 1),
    ("ipsec {encr_algs aes-gcm} or ipsec {encr_auth_algs sha1}", 1),
]


def address(rng, key, hosts4, hosts6, version):
    if version == 4:
        return "%s %s/%d" % (key, rng.choice(hosts4), rng.choice(PREFIXES4))
    return "%s %s/%d" % (key, rng.choice(hosts6), rng.choice(PREFIXES6))


def protocol_words(rng, version):
    """ulp, ports, ICMP type and code, or nothing."""
    kind = rng.randrange(7)
    if kind == 0:
        return ["ulp " + rng.choice(["tcp", "udp", "gre", "89"])]
    if kind in (1, 2):
        words = ["ulp " + rng.choice(["tcp", "udp"])] if rng.randrange(2) else []
        side = rng.choice(["lport", "rport", "both"])
        if side != "rport":
            words.append("lport %d" % rng.choice(PORTS))
        if side != "lport":
            words.append("rport %d" % rng.choice(PORTS))
        return words
    if kind == 3:
        name = "ipv6-icmp" if version == 6 else "icmp"
        words = ["ulp " + name]
        if rng.randrange(2):
            low = rng.choice(TYPES)
            words.append("type %d-%d" % (low, min(255, low + rng.choice([0, 1, 3, 6]))))
            if rng.randrange(2):
                words.append("code %d-%d" % (0, rng.choice([0, 2, 3])))
        return words
    return []


def entry(rng, icmp_action):
    version = rng.choice([4, 4, 6, 0, 0])
    words = []
    if version:
        if rng.randrange(3):
            words.append(address(rng, "raddr", REMOTE4, REMOTE6, version))
        if not words or rng.randrange(3) == 0:
            words.append(address(rng, "laddr", LOCAL4, LOCAL6, version))
    words += protocol_words(rng, version)
    direction = rng.choice(["both", "both", "", "in", "out"])
    if direction:
        words.append("dir " + direction)
    action = rng.choices([a for a, _ in ACTIONS], [weight for _, weight in ACTIONS])[0]
    if any("icmp" in word for word in words) and action.startswith("ipsec"):
        action = icmp_action  # ICMP entries that apply IPsec must have the same one
    return "{%s} %s" % (" ".join(words), action)


def policy(rng):
    icmp_action = rng.choice([action for action, _ in ACTIONS[1:5]])
    return "".join(entry(rng, icmp_action) + "\n" for _ in range(rng.randint(2, 10)))


def packet(rng, protocols=tuple(PROTOCOLS)):
    version = rng.choice([4, 4, 6])
    name = rng.choice([p for p in protocols if p != ("icmp" if version == 6 else "ipv6-icmp")])
    number = model.NAMES[name] if name in model.NAMES else int(name)
    a = b = None
    if number in model.WITH_PORTS:
        a, b = rng.choice(PORTS), rng.choice(PORTS)
    elif number in model.ICMP:
        a, b = rng.choice(TYPES) + rng.choice([0, 1, 2]), rng.choice([0, 1, 3])
    local, remote = (LOCAL4, REMOTE4) if version == 4 else (LOCAL6, REMOTE6)
    return model.Packet(rng.choice(["in", "out"]), number,
                        ipaddress.ip_address(rng.choice(local)),
                        ipaddress.ip_address(rng.choice(remote)), a, b)
