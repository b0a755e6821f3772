# SPDX-License-Identifier: BSD-3-Clause
"""A proxy demands, a sender learns: the whole story."""

import json
import os
import re

from cli import ALICE, BOB, SS1, e2m, message
from discovery import OPEN, OTHER, Discovery


class Story(Discovery):
    def test_the_whole_story(self):
        """SPEC reqs:GEN-4"""
        sealed = self.for_bob()
        self.assertIsNone(self.reads(sealed))
        answer = self.demand(sealed, require="view=text/plain")
        self.assertTrue(answer.startswith(b"SIP/2.0 493 Undecipherable\r\nVia: "))
        got = self.learn(answer)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        self.assertEqual(
            got.stdout.decode(),
            "rejection: 493, by %s, believed\ndemand: view text/plain\ndisclosure: allowed by "
            "the rule at %s:1\nlearned: view text/plain by %s, requests from "
            "atlanta.example.com, until %d\n" % (SS1, self.policy, SS1, self.now + 3600))
        again = self.with_lessons()
        self.assertEqual([p["identity"] for p in self.reads(again, "--require", "view=*")],
                         [False])
        self.says(self.as_proxy("refuse", again, "--require", "view=text/plain"), 3,
                  "nothing to refuse")
        self.assertIsNone(self.reads(again, host=OTHER))
        opened = self.open(again)
        self.assertEqual((opened.returncode, opened.stderr), (0, b""))

    def test_answer_is_whole(self):
        """RFC 3261 sec. 8.2.6.2; two answers have two tags."""
        sealed = self.for_bob()
        tags = set()
        for _ in range(2):
            head, body = self.demand(sealed).split(b"\r\n\r\n", 1)
            lines = head.decode().split("\r\n")
            plain = message().decode().split("\r\n")
            for name in ("Via: ", "From: ", "Call-ID: ", "CSeq: "):
                self.assertEqual([l for l in lines if l.startswith(name)],
                                 [l for l in plain if l.startswith(name)])
            to = [l for l in lines if l.startswith("To: ")][0]
            tags.add(re.search(r">;tag=([0-9a-f]{16})$", to).group(1))
            self.assertIn("Content-Length: %d" % len(body), lines)
        self.assertEqual(len(tags), 2)

    def test_every_demand(self):
        """What is sent, what is demanded; mech's number, final's, and the demand."""
        sealed, plain, unsigned = self.for_bob(), message(), self.for_bob("--no-sign")
        for wire, require, codes, kind, media in (
                (sealed, "view=text/plain", (493, 496), "view", "text/plain"),
                (sealed, "view,verify=text/*", (493, 496), "view", "text/*"),
                (unsigned, "verify=*", (403, 495), "verify", "multipart/signed"),
                (plain, "verify=text/plain", (403, 495), "verify", "multipart/signed"),
                (plain, "sealed,verify=text/plain", (403, 496), "view", "text/plain")):
            for form, code in zip(("mech", "final"), codes):
                how = ("--require", require, "--answers", form)
                got = self.as_proxy("inspect", wire, *how)
                self.assertEqual(got.returncode, 4 if code == 493 or form == "final" and
                                 codes[0] == 493 else 5, (require, form, got))
                self.assertIn(b"(%d)\n" % code, got.stdout)
                self.assertIn(("demand: %s %s\n" % (kind, media)).encode(), got.stdout)
                verdict = json.loads(self.as_proxy("inspect", wire, "--json", *how).stdout)
                self.assertEqual(verdict["demands"], [{"what": kind, "type": media}])
                answer = self.demand(wire, "--answers", form, require=require)
                self.assertTrue(answer.startswith(b"SIP/2.0 %d " % code))
                got = json.loads(self.learn(answer, "--json").stdout)
                self.assertEqual((got["rejection"]["believed"], got["rejection"]["sip_code"],
                                  got["rejection"]["middle"]), (True, code, SS1))
                self.assertEqual(got["rejection"]["demands"], verdict["demands"])

    def test_nothing_to_refuse(self):
        for wire in (self.for_bob(), message(), self.seal().stdout):
            self.says(self.as_proxy("refuse", wire), 3, "nothing to refuse")
        self.says(self.as_proxy("refuse", message(), "--require", "view=text/plain"), 3, "")
        answer = self.demand(self.for_bob())
        self.says(self.as_proxy("refuse", answer, "--require", "sealed=*"), 3, "no answer")
        self.says(self.as_proxy("refuse", b"MESSAGE\r\n\r\n"), 2, "")

    def test_refusal_of_what_is_forged(self):
        spoilt = self.for_bob("--middle", SS1 + "=" + self.file(SS1 + ".crt")).replace(
            b"Call-ID: 3", b"Call-ID: 4")
        got = self.as_proxy("refuse", spoilt)
        self.assertEqual(got.returncode, 0)
        self.assertTrue(got.stdout.startswith(b"SIP/2.0 403 Forbidden\r\n"))

    def test_a_copy_without_keys(self):
        self.policy = self.put("policy.conf", OPEN.replace('view = [ "*" ]', 'view = [ "*" ]; '
                                                           'withhold = [ "keys" ]'))
        answer = self.demand(self.for_bob(plain="invite-keys"), require="view=application/sdp")
        got = self.learn(answer, plain="invite-keys")
        self.assertEqual(got.returncode, 0, got)
        self.assertIn(b"withheld: keys (it gets a copy of the SDP)\n", got.stdout)
        got = self.as_proxy("inspect", self.with_lessons(plain="invite-keys"), "--require",
                            "view=application/sdp")
        self.assertEqual(got.returncode, 0, got)
        self.assertIn(b"m=audio", got.stdout)
        self.assertNotIn(b"a=crypto", got.stdout)

    def test_to_verify(self):
        """A demand to verify is met by a label, and shows nothing; Bob is asked to sign
        his answer for the same proxy. SPEC reqs:INT-3"""
        answer = self.demand(self.for_bob("--no-sign"), require="verify=*")
        self.assertEqual(self.learn(answer).returncode, 0)
        sealed = self.with_lessons()
        self.assertEqual([p["identity"] for p in self.reads(sealed)], [True])
        got = self.open(sealed, "--json", "-")
        self.assertEqual(json.loads(got.stdout)["verifiers"], SS1)
        for more, labelled in ((("--asked", SS1), True), ((), False),
                               (("--asked", "bad name;x, " + SS1), True),
                               (("--asked", SS1, "--accept", OTHER), False),
                               (("--asked", SS1, "--accept", SS1), True),
                               (("--asked", SS1, "--policy", self.policy), True),
                               (("--asked", SS1, "--policy", self.put("no", "rules = ();")),
                                False)):
            self.assertEqual(self.reads(self.for_bob(*more)) is not None, labelled, more)

    def test_lessons_end(self):
        self.assertEqual(self.learn(self.demand(self.for_bob())).returncode, 0)
        self.assertIsNotNone(self.reads(self.with_lessons(now=self.now + 3599)))
        self.assertIsNone(self.reads(self.with_lessons(now=self.now + 3600)))
        # other content, another policy since, a certificate no longer trusted
        self.put("learned", open(self.learned).read().replace(" text/plain ", " text/html "))
        self.assertIsNone(self.reads(self.with_lessons()))
        self.put("learned", open(self.learned).read().replace(" text/html ", " text/plain "))
        self.assertIsNotNone(self.reads(self.with_lessons()))
        got = e2m("seal", "--as", self.file(ALICE + ".pem"), "--to", self.file(BOB + ".crt"),
                  "--policy", self.policy, "--learned", self.learned, "--trust",
                  os.path.join(self.foreign, "ca.crt"), data=message())
        self.assertEqual(got.returncode, 0)
        self.assertIsNone(self.reads(got.stdout))
        self.put("policy.conf", "rules = ();")
        self.assertIsNone(self.reads(self.with_lessons()))

    def test_warn_codes(self):
        answer = self.demand(self.for_bob(), "--warn-view", "390", "--warn-verify", "391",
                             require="view=text/plain")
        self.assertIn(b"Warning: 390 " + SS1.encode(), answer)
        got = self.learn(answer)
        self.assertEqual(got.returncode, 3, got)
        self.assertEqual(self.learn(answer, "--warn-view", "390").returncode, 0)
        signed = self.demand(message(), "--warn-verify", "391", require="verify=*")
        self.assertIn(b"Warning: 391 ", signed)
        self.assertEqual(self.learn(signed).returncode, 3)
        self.assertEqual(self.learn(signed, "--warn-verify", "391").returncode, 0)
        for codes in (("299", "381"), ("400", "381"), ("380", "380"), ("4000000000", "381")):
            self.says(self.learn(answer, "--warn-view", codes[0], "--warn-verify", codes[1]), 1,
                      "warn-codes are two")
