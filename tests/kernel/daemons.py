"""The configuration files of each daemon for all cases, and what its own status must say."""
import collections
import re

from cases import SUITES, other

KEY = "6f2d8c1fb3a7594e0d1b62c8f7a09e53d4416b7788aa1c2e3f5061728394a5b6"


class Daemon:
    @staticmethod
    def begin(case):
        """Commands that begin a case on the initiator's side; none: its first packet does."""
        del case
        return []


class Entente(Daemon):
    name = "Entente"

    @staticmethod
    def files(cases, side):
        peer = other(side)
        config = ["p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128) }"]
        keys, policy = [], []
        for case in cases:
            us, them = case.outer(side), case.outer(peer)
            config.append(f'{{ label "case {case.number}" local_addr {us} remote_addr {them} '
                          f"p2_pfs {14 if case.has_pfs else 0} }}")
            keys.append(f"{{ localidtype IP localid {us} remoteidtype IP remoteid {them} key {KEY} }}")
            policy += [f"{{{pattern}}} ipsec {{{SUITES[case.suite][0]} "
                       f"sa {'unique' if case.kind == 'unique' else 'shared'}}}"
                       for pattern in Entente.patterns(case, side)]
        policy.append("{ulp ipv6-icmp type 133-137 dir both} pass {}")
        return {"/etc/inet/ike/config": "\n".join(config) + "\n",
                "/etc/inet/secret/ike.preshared": "\n".join(keys) + "\n",
                "/etc/inet/ipsecinit.conf": "\n".join(policy) + "\n"}

    @staticmethod
    def patterns(case, side):
        peer = other(side)
        if case.mode == "tunnel":
            return [f"tunnel ip.tun{case.number} negotiate tunnel tsrc {case.outer(side)} "
                    f"tdst {case.outer(peer)} laddr {case.net(side)} raddr {case.net(peer)}"]
        words = f"laddr {case.outer(side)} raddr {case.outer(peer)}"
        if case.kind == "protocol":
            return [f"{words} ulp tcp"]
        if case.kind == "port":
            return [f"{words} ulp udp {'rport' if side == case.initiator else 'lport'} {case.ports()[0][1]}"]
        return [f"{words} ulp udp" if case.kind == "unique" else words]

    @staticmethod
    def status_has(case, side, said):
        """`ikeadm dump p1`: an ISAKMP SA of these addresses that is active."""
        for part in said.split("\n\n"):
            if case.outer(other(side)) in re.findall(r"[0-9a-fA-F.:]+[0-9a-f]", part) and "ACTIVE" in part:
                return True
        return False


class Strongswan(Daemon):
    name = "strongSwan"

    @staticmethod
    def files(cases, side):
        text = "".join(Strongswan.connection(case, side) for case in cases)
        return {"/etc/swanctl/swanctl.conf":
                f"connections {{\n{text}}}\nsecrets {{\n  ike-1 {{\n    secret = 0x{KEY}\n  }}\n}}\n"}

    @staticmethod
    def connection(case, side):
        peer = other(side)
        children = "".join(Strongswan.child(case, side, index, flow)
                           for index, flow in enumerate(case.ports() or [None]))
        return f"""  c{case.number} {{
    version = 1
    local_addrs = {case.outer(side)}
    remote_addrs = {case.outer(peer)}
    proposals = aes128-sha256-modp2048
    local {{
      auth = psk
    }}
    remote {{
      auth = psk
    }}
    children {{
{children}    }}
  }}
"""

    @staticmethod
    def child(case, side, index, flow):
        peer = other(side)
        kind = "ah_proposals" if case.is_ah else "esp_proposals"
        local, remote = "dynamic", "dynamic"
        if case.mode == "tunnel":
            local, remote = case.net(side), case.net(peer)
        if flow:
            # As in the packet of the initiator: any port, or the one of the flow.
            ours, theirs = flow if side == case.initiator else flow[::-1]
            if case.kind == "protocol":
                ours = theirs = 0
            local, remote = (f"dynamic[{case.protocol}{f'/{port}' if port else ''}]"
                             for port in (ours, theirs))
        lines = [f"mode = {case.mode}", f"local_ts = {local}", f"remote_ts = {remote}",
                 f"{kind} = {SUITES[case.suite][1]}{'-modp2048' if case.has_pfs else ''}"]
        if side == case.initiator:
            lines.append("start_action = trap")
        body = "".join(f"        {line}\n" for line in lines)
        return f"      c{case.number}-{index} {{\n{body}      }}\n"

    @staticmethod
    def status_has(case, side, said):
        """`swanctl --list-sas`: the phase 1 stands, and the child with its mode, suite and group."""
        suite = {"3des+sha1": "ESP:3DES_CBC/HMAC_SHA1_96", "aes128+sha1": "ESP:AES_CBC-128/HMAC_SHA1_96",
                 "aes256+sha256": "ESP:AES_CBC-256/HMAC_SHA2_256_128", "aes-gcm16": "ESP:AES_GCM_16-256",
                 "ah+sha256": "AH:HMAC_SHA2_256_128"}[case.suite] + ("/MODP_2048" if case.has_pfs else "")
        found = set()
        for block in re.split(r"\n(?=\S)", said):
            if not block.startswith(f"c{case.number}:") or "ESTABLISHED, IKEv1" not in block:
                continue
            found |= set(re.findall(rf"  (c{case.number}-\d): #\d+, reqid \d+, INSTALLED, "
                                    rf"{case.mode.upper()}, {re.escape(suite)}\n", block))
        return len(found) == max(1, len(case.ports()))


class Libreswan(Daemon):
    name = "libreswan"

    @staticmethod
    def files(cases, side):
        text = """config setup
	ikev1-policy=accept
	dnssec-enable=no
	plutodebug=none
conn %default
	ikev2=no
	leftupdown=%disabled
	authby=secret
	ike=aes128-sha2_256-modp2048
	retransmit-interval=1000
"""
        for case in cases:
            for index, flow in enumerate(case.ports() or [None]):
                text += Libreswan.connection(case, side, index, flow)
        return {"/etc/ipsec.conf": text, "/etc/ipsec.secrets": f": PSK 0x{KEY}\n"}

    @staticmethod
    def connection(case, side, index, flow):
        peer = other(side)
        lines = [f"conn c{case.number}-{index}", f"left={case.outer(side)}", f"right={case.outer(peer)}",
                 f"type={case.mode}", f"pfs={'yes' if case.has_pfs else 'no'}",
                 f"phase2={'ah' if case.is_ah else 'esp'}",
                 f"phase2alg={SUITES[case.suite][2]}{';modp2048' if case.has_pfs else ''}",
                 # As a responder too: else it answers in clear until it has its second SA.
                 "auto=route"]
        if case.mode == "tunnel":
            lines += [f"leftsubnet={case.net(side)}", f"rightsubnet={case.net(peer)}"]
        if flow:
            ours, theirs = flow if side == case.initiator else flow[::-1]
            if case.kind == "protocol":
                ours = theirs = 0
            if case.kind == "unique":
                # Said so, or as a responder it looks no further than the connection that Main Mode took.
                lines += [f"leftsubnet={case.outer(side)}/32", f"rightsubnet={case.outer(peer)}/32"]
            # %any makes a template, which cannot begin.
            lines += [f"{end}protoport={case.protocol}{f'/{port}' if port else ''}"
                      for end, port in (("left", ours), ("right", theirs))]
        return "\n\t".join(lines) + "\n"

    @staticmethod
    def begin(case):
        """Its policies ask without a reqid: while the kernel holds the question of one flow, it asks
        for no other between the same addresses."""
        if case.kind != "unique":
            return []
        return [["/usr/libexec/ipsec/whack", "--initiate", "--name", f"c{case.number}-{index}"]
                for index in range(len(case.ports()))]

    @staticmethod
    def status_has(case, side, said):
        """`whack --trafficstatus`: each connection counts what passed, both ways, over all of its SAs
        (when both ends begin at once it has two, and each way may have its own)."""
        received, sent = collections.Counter(), collections.Counter()
        for name, kind, bytes_in, bytes_out in re.findall(
                r'"(c\d+-\d)".*type=(ESP|AH),.*inBytes=(\d+), outBytes=(\d+)', said):
            if kind == ("AH" if case.is_ah else "ESP"):
                received[name] += int(bytes_in)
                sent[name] += int(bytes_out)
        wanted = {f"c{case.number}-{index}" for index in range(max(1, len(case.ports())))}
        return all(received[name] and sent[name] for name in wanted)


DAEMONS = {daemon.name.lower(): daemon for daemon in (Entente, Strongswan, Libreswan)}
