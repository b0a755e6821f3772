# SPDX-License-Identifier: BSD-3-Clause
"""Proxies that do not know e2m do not see it, and do it no harm: two of them in
a row, with taps before the first and behind the second.
    alice - agent - TAP - plain - plain - TAP - home (ss1) - agent - bob
SPEC reqs:GEN-1, reqs:GEN-2"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import (ALICE, BOB, SDP, TEXT, Place, Row, quoted)  # noqa: E402
from host import (ADDRESS, KAMAILIO, TOP, body_of, header, message,  # noqa: E402
                  reply, status)
from tap import Tap, content, key  # noqa: E402

CAROL = "sip:carol@atlanta.example.com"
SS1 = "ss1.atlanta.example.com"


def kamailio_6():
    """A Kamailio 6 beside the installed one, or the reason why there is none."""
    got = subprocess.run([os.path.join(TOP, "tools", "build-kamailio-6"), "-n"],
                         capture_output=True)
    said = got.stdout.decode().strip()
    if got.returncode:
        raise unittest.SkipTest(said)
    return said


def major(program):
    told = subprocess.run([program, "-v"], capture_output=True).stdout.decode()
    return told.split()[2].partition(".")[0]


class Plain(Row):
    """Both of them what is installed: Debian's 5.6.3."""

    @classmethod
    def certificates(cls):
        super().certificates()
        cls.pki.issue("carol", "URI:" + CAROL)
        cls.pki.issue("old", "DNS:" + SS1, peer=False)

    @classmethod
    def programs(cls):
        return KAMAILIO, KAMAILIO

    @classmethod
    def setUpClass(cls):
        cls.nodes, cls.taps = [], []
        programs = cls.programs()
        super(Row, cls).setUpClass()
        a, b, c = [(Place(), Place()) for _ in range(3)]
        first, second, home = Place(), Place(), Place()
        cls.a, cls.b, cls.c = a, b, c
        cls.taps = [Tap((first.address, first.port)), Tap((home.address, home.port))]
        cls.agent("alice", a, cls.taps[0], "atlanta.example.com")
        cls.agent("bob", b, home, "biloxi.example.com")
        # she has an old certificate of ss1
        cls.agent("carol", c, cls.taps[0], "atlanta.example.com", MIDDLE=quoted(
            "%s=%s" % (SS1, os.path.join(cls.pki.folder, "old.crt"))))
        for place, hop, program in ((first, second.hop, programs[0]),
                                    (second, cls.taps[1].hop, programs[1])):
            cls.run_node("visited.cfg", place, DOMAIN=quoted("visited.example.com"),
                         FAR_HOP=hop, program=program, **place.proxy())
        cls.run_node("home.cfg", home, DOMAIN=quoted("atlanta.example.com"),
                     FAR_HOP=b[1].hop, MY_NAME=quoted(SS1), TRUST=quoted(cls.pki.ca),
                     IDENTITY=quoted(os.path.join(cls.pki.folder, "ss1.pem")),
                     **home.proxy())
        cls.home = cls.nodes[-1]

    @classmethod
    def tearDownClass(cls):
        for tap in cls.taps:
            tap.close()
        super().tearDownClass()

    def setUp(self):
        for tap in self.taps:
            tap.change = None
            tap.clear()

    def unchanged(self, direction, num, first_line):
        """As many messages of that kind at both taps, with the same content and
        in the same order; the first of them."""
        near, far = [[raw for raw in getattr(tap, direction) if raw.startswith(first_line)]
                     for tap in self.taps]
        self.assertEqual(len(near), num, self.logs())
        self.assertEqual([key(raw) for raw in near], [key(raw) for raw in far])
        for n, f in zip(near, far):
            self.assertEqual(content(n), content(f))
            self.assertNotIn(b"Meet me", f)
            self.assertGreater(len(body_of(f)), 500)
            # they did pass two proxies
            vias = [len(header(raw, "Via")) for raw in (n, f)]
            self.assertEqual(abs(vias[0] - vias[1]), 2)
        return near[0]

    # -- what is sealed, and the sealed answers to it

    def test_message(self):
        alice, bob = self.phone(ALICE, self.a[0]), self.phone(
            BOB, self.b[0], lambda r: reply(r, 200))
        alice.send(message(BOB, TEXT, sender=ALICE, port=alice.port), self.a[0].port)
        self.assertEqual(status(alice.final()), 200, self.logs())
        sealed = self.unchanged("up", 1, b"MESSAGE")
        self.assertIn("multipart/signed", header(sealed, "Content-Type")[0])
        self.assertEqual(body_of(bob.request()), TEXT.encode())
        self.assertIn("e2m-read MESSAGE", self.home.text())

    def test_call_and_its_answer(self):
        alice = self.phone(ALICE, self.a[0])
        bob = self.phone(BOB, self.b[0], lambda r: reply(
            r, 200, SDP, "application/sdp", contact="sip:bob@%s:%d" % (ADDRESS, bob.port)))
        alice.send(message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                           ctype="application/sdp"), self.a[0].port)
        final = alice.final()
        self.assertEqual((status(final), body_of(final)), (200, SDP.encode()), self.logs())
        self.unchanged("up", 1, b"INVITE")
        answer = self.unchanged("down", 1, b"SIP/2.0 200")
        self.assertIn("multipart/signed", header(answer, "Content-Type")[0])

    # -- signed rejections (e2m_refuse() made them)

    def rejected(self, who, place, code, num):
        phone, bob = self.phone(who, place), self.phone(BOB, self.b[0])
        phone.send(message(BOB, TEXT, sender=who, port=phone.port), place.port)
        self.assertEqual(status(phone.final()), code, self.logs())
        self.assertEqual(bob.got, [])
        refusal = self.unchanged("down", num, b"SIP/2.0 %d" % code)
        self.assertIn("multipart/signed", header(refusal, "Content-Type")[0])
        return refusal

    def test_undecipherable(self):
        # twice: the agent tries once more, with a key that is surely its own
        refusal = self.rejected(CAROL, self.c[0], 493, 2)
        self.assertIn(b"application/pkcs7-signature", body_of(refusal))

    def test_tampered_before_the_first(self):
        # in the part that the signature is over
        self.taps[0].change = lambda raw: raw.replace(b"message/sipfrag", b"message/sipfraG")
        self.rejected(ALICE, self.a[0], 403, 1)
        self.unchanged("up", 1, b"MESSAGE")


class Mixed(Plain):
    """The second is a Kamailio 6."""

    @classmethod
    def programs(cls):
        newer = kamailio_6()
        if (major(KAMAILIO), major(newer)) != ("5", "6"):
            raise unittest.SkipTest("the installed Kamailio is no 5.x")
        return KAMAILIO, newer


class MixedTurned(Mixed):
    """The first is a Kamailio 6."""

    @classmethod
    def programs(cls):
        return super().programs()[::-1]


if __name__ == "__main__":
    unittest.main()
