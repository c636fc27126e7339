"""What the matrix negotiates: one case is one pair of addresses of the two hosts, so that all of
them stand side by side under one start of each daemon."""
import dataclasses

# Suite: words of ipsecinit.conf, of swanctl.conf, of ipsec.conf, and the kernel's own names.
SUITES = {
    "3des+sha1": ("encr_algs 3des encr_auth_algs sha1", "3des-sha1", "3des-sha1",
                  ("cbc(des3_ede)", 192, "hmac(sha1)", 96)),
    "aes128+sha1": ("encr_algs aes(128) encr_auth_algs sha1", "aes128-sha1", "aes128-sha1",
                    ("cbc(aes)", 128, "hmac(sha1)", 96)),
    "aes256+sha256": ("encr_algs aes(256) encr_auth_algs sha256", "aes256-sha256",
                      "aes256-sha2_256", ("cbc(aes)", 256, "hmac(sha256)", 128)),
    "aes-gcm16": ("encr_algs aes-gcm16(256)", "aes256gcm16", "aes_gcm256",
                  ("rfc4106(gcm(aes))", 288, "", 128)),
    "ah+sha256": ("auth_algs sha256", "sha256", "sha2_256", ("", 0, "hmac(sha256)", 128)),
}
ESP_SUITES = [name for name in SUITES if not name.startswith("ah")]
PINGS = 3
DATAGRAMS = 5


@dataclasses.dataclass(frozen=True)
class Case:
    number: int
    initiator: str  # "a" or "b"
    mode: str  # "transport" or "tunnel"
    has_pfs: bool
    suite: str
    family: int = 4
    # What the entry asks for besides addresses: "", "port", "protocol" or "unique".
    kind: str = ""

    @property
    def name(self):
        words = [self.mode, "PFS" if self.has_pfs else "no PFS", self.suite]
        if self.family == 6:
            words.append("IPv6")
        if self.kind:
            words.append({"port": "one port", "protocol": "one protocol", "unique": "sa unique"}[self.kind])
        return ", ".join(words)

    @property
    def is_ah(self):
        return self.suite.startswith("ah")

    def outer(self, side):
        row = "1" if side == "a" else "2"
        if self.family == 6:
            return f"2001:db8:9:{row}::{self.number:x}"
        return f"10.9.{row}.{self.number}"

    def net(self, side):
        row = "1" if side == "a" else "2"
        if self.family == 6:
            return f"fd00:{row}:{self.number:x}::/64"
        return f"10.1{row}.{self.number}.0/24"

    def inner(self, side):
        row = "1" if side == "a" else "2"
        if self.family == 6:
            return f"fd00:{row}:{self.number:x}::1"
        return f"10.1{row}.{self.number}.1"

    def end(self, side):
        """Where the traffic of this case begins or ends on that side."""
        return self.inner(side) if self.mode == "tunnel" else self.outer(side)

    def ports(self):
        """(port of the initiator, port of the responder) of each flow; 0 is any."""
        return {"": [], "port": [(0, 7000)], "protocol": [(0, 7001)],
                "unique": [(8002, 7002), (8003, 7003)]}[self.kind]

    @property
    def protocol(self):
        return {"": None, "port": "udp", "protocol": "tcp", "unique": "udp"}[self.kind]

    @property
    def answers(self):
        """Packets that surely pass in each direction."""
        return PINGS if not self.kind else DATAGRAMS


def other(side):
    return "b" if side == "a" else "a"


def all_cases():
    rows = []
    for initiator in "ab":
        for mode in ("transport", "tunnel"):
            for has_pfs in (False, True):
                rows += [(initiator, mode, has_pfs, suite) for suite in SUITES]
    for initiator in "ab":
        for mode in ("transport", "tunnel"):
            rows += [(initiator, mode, True, suite, 6) for suite in ("aes256+sha256", "ah+sha256")]
        for kind in ("port", "protocol", "unique"):
            rows.append((initiator, "transport", False, "aes-gcm16", 4, kind))
    return [Case(number, *row) for number, row in enumerate(rows, 1)]
