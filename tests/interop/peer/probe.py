"""What a peer shows to somebody who asks it the same thing rightly and wrongly: answers, sizes, times.

Who can tell a badly filled RSA block from a well filled one that holds the wrong thing has an oracle
(Bleichenbacher, 1998). So one kind of flaw, the control, is well filled and wrong, and all the hidden
ones must look like it. What anybody sees on the wire anyway, a wrong length or a number that is not
below the modulus, may look different.

In the revised mode what stands behind the nonce must look alike too: Ke_i hangs on CKY-I alone, so a
recorded message 3 can be sent again with blocks exchanged, and filling that is answered otherwise than
a wrong body would decrypt the identity (a padding oracle on CBC). The RFC does not say that filling is
checked: who does not look at it has no oracle either, and looks as to an honest peer.
"""
import statistics

from . import seal

VISIBLE = {"above", "cut", "grown", "empty", "zero", "one"}


def flaws(method):
    """[(place, flaw, is hidden), ...] of a method."""
    places = [("nonce", seal.RSA_FLAWS)]
    if method == "rsa_encrypt":
        places += [("id", seal.RSA_FLAWS)]
    else:
        places += [("ke", seal.CIPHER_FLAWS), ("id", seal.CIPHER_FLAWS)]
    return [(place, flaw, flaw not in VISIBLE) for place, of_place in places for flaw in of_place]


def shape(lines):
    """What came back, as anybody on the wire sees it, and how long message 4 took (None: never)."""
    came, asked, waited = [], None, None
    for line in lines:
        if line["event"] == "sent" and line["exchange"] == 2 and ("NONCE" in line.get("payloads", [])):
            asked = asked or line["clock"]
        if line["event"] in ("received", "repeat"):
            came.append((line.get("exchange"), line.get("flags"), tuple(line.get("payloads", ())),
                         tuple(line.get("sizes", ())), line["bytes"]))
            if "NONCE" in line.get("payloads", []) and asked and waited is None:
                waited = line["clock"] - asked
    return tuple(came), waited


class Probe:
    """Asks in turn and keeps what was seen. ask(bent) has one whole conversation and returns its lines."""

    def __init__(self, method, ask, rounds, report):
        self.rows, self.ask, self.rounds, self.report = flaws(method), ask, rounds, report
        self.seen, self.waits = {}, {}

    def run(self):
        """True when no hidden flaw shows; each one's answers are reported."""
        honest = {shape(self.ask({}))[0]}
        for number in range(self.rounds):
            # One flaw after the other, so that what changes with time changes for all of them.
            for place, flaw, _ in self.rows:
                came, waited = shape(self.ask({place: flaw}))
                self.seen.setdefault((place, flaw), set()).add(came)
                if waited is not None:
                    self.waits.setdefault((place, flaw), []).append(waited)
            self.report(event="round", number=number, of=self.rounds)
        control = self.seen[("nonce", "garbage")]
        alike = any(control)
        for place, flaw, hidden in self.rows:
            same = self.seen[(place, flaw)] == control
            waits = self.waits.get((place, flaw), [])
            tolerated = flaw in ("count", "filling") and self.seen[(place, flaw)] == honest
            shows = hidden and not same and not tolerated
            alike = alike and not shows
            self.report(event="shape", bent="%s:%s" % (place, flaw), hidden=hidden, shows=shows, tolerated=tolerated,
                        came=sorted(self.seen[(place, flaw)]),
                        median_ms=round(statistics.median(waits) * 1000, 3) if waits else None)
        self.report(event="probed", alike=alike, flaws=len(self.rows), rounds=self.rounds)
        return alike
