"""The loop around the negotiations: who waits for which message, repeats, answers; RFC 2408 section 5.1.

Nothing here opens a socket: datagrams come by hear() and leave by send, time comes with each call.
"""
import os
import struct
import time

from . import main_mode, quick_mode, wire
from .esp import ECHO_REPLY, ECHO_REQUEST, Esp, echo, read_echo

FOLLOWS = {wire.MAIN_MODE: "phase 1", wire.QUICK_MODE: "phase 2"}


class Course:
    """A generator that waits for the peer."""

    def __init__(self, steps, then):
        self.steps, self.then = steps, then
        self.last, self.tries, self.due = None, 0, 0


class Agent:
    """One end: at most one ISAKMP SA at a time, and its newest pair."""

    def __init__(self, config, wishes, send, send_esp, addresses, tries=5, interval=1.0):
        self.config, self.wishes = config, wishes
        self.send, self.send_esp, self.addresses = send, send_esp, addresses
        self.tries, self.interval = tries, interval
        self.courses, self.answers = {}, {}
        self.sa = self.esp = None
        self.failed = self.begins_quick = False
        self.echoes = {"answered": 0, "replies": 0}

    def report(self, **words):
        self.config.report(**words)

    # Courses.

    def begin_main(self, wants_quick):
        self.begins_quick = wants_quick
        negotiation = main_mode.MainMode(self.config)
        self.start((wire.MAIN_MODE, negotiation.cky_i, 0), negotiation.initiate(), self.main_is_done)

    def begin_quick(self):
        mid = struct.unpack("!L", self.config.octets("message id", 4))[0]
        negotiation = quick_mode.QuickMode(self.config, self.sa, self.wishes, mid)
        self.start((wire.QUICK_MODE, self.sa.cky_i, mid), negotiation.initiate(), self.quick_is_done)

    def main_is_done(self, sa):
        self.sa = sa
        if self.begins_quick:
            self.begin_quick()

    def quick_is_done(self, pair):
        self.esp = Esp(pair)

    def start(self, key, steps, then, datagram=None):
        self.courses[key] = Course(steps, then)
        self.advance(key, None, datagram)

    def advance(self, key, message, datagram):
        """One step; datagram is what it answers, so that a repeat of it is answered alike."""
        course, answer = self.courses[key], None
        try:
            answer = course.steps.send(message)
            course.last, course.tries = answer, 0
            course.due = time.monotonic() + self.interval
        except StopIteration as end:
            del self.courses[key]
            result, answer = end.value
            self.say(answer)
            course.then(result)
        except main_mode.TROUBLE as trouble:
            del self.courses[key]
            self.fail(key, str(trouble))
        else:
            self.say(answer)
        if datagram is not None:
            self.answers[datagram] = answer

    def fail(self, key, why):
        self.failed = True
        self.report(event="failed", what=FOLLOWS[key[0]], why=why)

    def say(self, datagram):
        if datagram is not None:
            self.report(event="sent", **self.describe(datagram))
            self.send(datagram)

    @staticmethod
    def describe(datagram):
        """What anybody on the wire sees."""
        message = wire.Message.decode(datagram)
        words = {"bytes": len(datagram), "exchange": message.exchange, "mid": message.mid,
                 "flags": message.flags}
        if not message.flags & wire.ENCRYPTED:
            payloads = wire.unchain(message.first, message.body)
            words["payloads"] = wire.named(payloads)
            words["sizes"] = [len(payload.body) for payload in payloads]
        return words

    # What comes from outside.

    def hear(self, datagram):
        try:
            words = self.describe(datagram)
            message = wire.Message.decode(datagram)
        except wire.Malformed as trouble:
            self.report(event="received", bytes=len(datagram), malformed=str(trouble))
            return
        if datagram in self.answers:
            self.report(event="repeat", **words)
            self.say(self.answers[datagram])
            return
        self.report(event="received", **words)
        try:
            self.follow(message, datagram)
        except main_mode.TROUBLE as trouble:
            self.report(event="dropped", why=str(trouble))

    def follow(self, message, datagram):
        key = (message.exchange, message.cky_i, message.mid)
        ours = self.sa and (message.cky_i, message.cky_r) == (self.sa.cky_i, self.sa.cky_r)
        if message.exchange == wire.INFORMATIONAL:
            self.hear_notice(message, ours)
        elif key in self.courses:
            self.advance(key, message, datagram)
        elif message.exchange == wire.MAIN_MODE and message.cky_r == bytes(8):
            negotiation = main_mode.MainMode(self.config)
            self.start(key, negotiation.respond(message), self.main_is_done, datagram)
        elif message.exchange == wire.QUICK_MODE and ours:
            negotiation = quick_mode.QuickMode(self.config, self.sa, self.wishes, message.mid)
            self.start(key, negotiation.respond(message), self.quick_is_done, datagram)
        else:
            raise main_mode.Failed("nobody waits for it")

    def hear_notice(self, message, ours):
        sealed = bool(message.flags & wire.ENCRYPTED)
        if sealed and not ours:
            raise main_mode.Failed("a notice under keys that are not ours")
        payloads = quick_mode.read_informational(self.sa, message) if sealed \
            else wire.unchain(message.first, message.body)
        for payload in payloads:
            if payload.kind in (wire.NOTIFY, wire.DELETE):
                self.report(event="notice", protected=sealed, **wire.notice_text(payload))

    def hear_esp(self, packet):
        """Answers an echo request and counts the replies to ours."""
        if not self.esp:
            return
        try:
            found = read_echo(*self.esp.open(packet), *self.addresses[::-1])
        except ValueError as trouble:
            self.report(event="esp", why=str(trouble))
            return
        if not found:
            self.report(event="esp", why="no echo")
            return
        source, destination, kind, identifier, sequence, data = found
        if kind == ECHO_REQUEST:
            self.echoes["answered"] += 1
            self.send_esp(self.esp.wrap(destination, source, echo(ECHO_REPLY, identifier, sequence, data)))
        else:
            self.echoes["replies"] += 1
        self.report(event="esp", **self.echoes)

    def ping(self, source, destination, sequence):
        self.send_esp(self.esp.wrap(source, destination,
                                    echo(ECHO_REQUEST, os.getpid() & 0xFFFF, sequence, bytes(range(56)))))

    def tick(self):
        """Repeats what is not answered; only who began does so."""
        now = time.monotonic()
        for key, course in list(self.courses.items()):
            if now < course.due:
                continue
            course.tries += 1
            if course.tries > self.tries:
                del self.courses[key]
                self.fail(key, "no answer")
                continue
            course.due = now + self.interval
            if self.began(key):
                self.say(course.last)

    def began(self, key):
        steps = self.courses[key].steps
        return steps.__name__ == "initiate"

    def end(self):
        """Takes leave: a Delete for the pair, then one for the ISAKMP SA."""
        if not self.sa:
            return
        leaving = []
        if self.esp:
            leaving.append(wire.delete_body(wire.PROTOCOL_ESP, self.esp.pair.spi_in))
        leaving.append(wire.delete_body(wire.PROTOCOL_ISAKMP, self.sa.cky_i + self.sa.cky_r))
        for body in leaving:
            mid = struct.unpack("!L", self.config.octets("message id", 4))[0]
            self.say(quick_mode.informational(self.sa, mid, [(wire.DELETE, body)]))
