# SPDX-License-Identifier: BSD-3-Clause
"""Who must not get away with a story of his own."""

import json
import os
import re

from cli import SS1, e2m, message
from discovery import OTHER, Discovery


class Attacks(Discovery):
    """Disclosure never widens without a believed, current, allowed demand."""

    def test_denied(self):
        answer = self.demand(self.for_bob())
        for rules in ("", '{ middle = "@peer"; view = [ "*" ]; }',
                      '{ middle = "@own"; verify = [ "*" ]; }',
                      '{ middle = "%s"; }, { middle = "@own"; view = [ "*" ]; }' % SS1,
                      '{ middle = "@own"; view = [ "application/sdp" ]; }'):
            self.put("policy.conf", "rules = ( %s );" % rules)
            got = self.learn(answer)
            self.denies(got, "disclosure policy says no at " + self.policy)
            self.assertIn(b"believed\n", got.stdout)
            self.assertIn(b"disclosure: denied by ", got.stdout)
            self.assertIsNone(self.reads(self.with_lessons()))

    def test_who_signs(self):
        sealed = self.for_bob()
        foreign = self.demand(sealed, key=os.path.join(self.foreign, SS1 + ".pem"))
        self.denies(self.learn(foreign), "signature is not to be believed")
        answer = self.demand(sealed, require="view=text/plain")
        # another proxy's demand in ss1's name: the name is under the signature
        self.denies(self.learn(answer.replace(SS1.encode(), OTHER.encode())),
                    "signature is not to be believed")
        # a demand in the name of another host, signed by ss1 itself
        both = e2m("refuse", "--as", self.file(SS1 + ".pem"), "--name", OTHER, "--name", SS1,
                   "--trust", self.file("ca.crt"), "--require", "view=text/plain", data=sealed)
        self.denies(self.learn(both.stdout), "signer is not the host that demands")

    def test_stripped_and_spoilt(self):
        answer = self.demand(self.for_bob())
        head, body = answer.split(b"\r\n\r\n", 1)
        inner = re.search(rb"(Content-Type: multipart/mixed.*?)\r\n\r\n(.*)\r\n--\w+\r\n"
                          rb"Content-Type: application/pkcs7-sig", body, re.S)
        lines = [l for l in head.split(b"\r\n") if not l.startswith(b"Content-")]
        naked = b"\r\n".join(lines + [inner.group(1), b"Content-Length: %d" %
                                      len(inner.group(2)), b"", inner.group(2)])
        self.denies(self.learn(naked), "answer is not signed")
        self.assertEqual(self.learn(answer).returncode, 0)
        with open(self.learned) as f:
            good = f.read()
        for at in range(len(head) + 4, len(answer), 97):
            if os.path.exists(self.learned):
                os.unlink(self.learned)
            got = self.learn(answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1:])
            self.assertIn(got.returncode, (0, 2, 3, 5), got)
            # what nobody signs (a boundary's blank, a spare certificate) changes nothing
            self.assertEqual(os.path.exists(self.learned), got.returncode == 0)
            if got.returncode == 0:
                with open(self.learned) as f:
                    self.assertEqual(f.read(), good)
        if os.path.exists(self.learned):
            os.unlink(self.learned)
        # the answer's number is under the signature, too
        self.denies(self.learn(answer.replace(b"SIP/2.0 493", b"SIP/2.0 496", 1)),
                    "status inside is not the answer's")

    def test_of_another_request(self):
        other = message().replace(b"Call-ID: 3848", b"Call-ID: 4848")
        answer = self.demand(self.for_bob())
        got = e2m("learn", "--trust", self.file("ca.crt"), "--policy", self.policy, "--learned",
                  self.learned, "--request", self.put("other", other), data=answer)
        self.denies(got, "answer is to another request")

    def test_replayed(self):
        answer = self.demand(self.for_bob())
        for now in (self.now + 3700, self.now - 3700):
            self.denies(self.learn(answer, now=now), "Date is too far from now")

    def test_no_demand(self):
        head = message().split(b"\r\n", 1)[1]
        for status in (b"200 OK", b"493 Undecipherable", b"404 Not Found"):
            answer = b"SIP/2.0 " + status + b"\r\n" + head.split(b"Content-Type")[0] + \
                b"Content-Length: 0\r\n\r\n"
            got = self.learn(answer)
            self.assertEqual((got.returncode, got.stdout), (3, b"rejection: none\n"))
            self.assertIn(b"demands nothing", got.stderr)
        self.says(self.learn(message()), 3, "not an answer")
        self.assertFalse(os.path.exists(self.learned))

    def test_malformed(self):
        answer = self.demand(self.for_bob())
        self.says(self.learn(answer[:60]), 2, "")
        self.says(self.learn(b""), 2, "")
        for text, what in ((b"MESSAGE", ""), (answer, "not a request at ")):
            got = e2m("learn", "--trust", self.file("ca.crt"), "--policy", self.policy,
                      "--learned", self.learned, "--request", self.put("bad", text),
                      data=answer)
            self.says(got, 2, what)
            self.assertIn(self.own("bad"), got.stderr.decode())
        self.assertFalse(os.path.exists(self.learned))

    def test_explained(self):
        """Without proof nothing is claimed to be proven."""
        answer = self.demand(self.for_bob(), require="view=text/plain")
        claims = "rejection: 493, claims to be by %s, not believed: " % SS1
        hint = "to check it: --trust and --request\n"
        trust, request = ("--trust", self.file("ca.crt")), \
            ("--request", self.put("plain", message()))
        for more, expected, hinted in (
                ((), claims + "untrusted", True),
                (trust, claims + "other-message: no request to compare with", True),
                (request, claims + "untrusted", True),
                (trust + request, "rejection: 493, by %s, believed\n" % SS1, False),
                (trust + request + ("--at", str(self.now + 9999)), claims + "stale", False)):
            got = e2m("explain", *more, data=answer)
            text = got.stdout.decode()
            self.assertEqual((got.returncode, got.stderr), (0, b""))
            self.assertIn(expected, text)
            self.assertEqual(hint in text, hinted)
            self.assertTrue(text.endswith("demand: view text/plain\n"))
            tree = json.loads(e2m("explain", "--json", *more, data=answer).stdout)
            self.assertEqual(tree["rejection"]["believed"], not hinted and "stale" not in
                             expected)
        for wire in (message(), self.for_bob(), message("mech-5.2")):
            self.assertNotIn(b"rejection:", e2m("explain", data=wire).stdout)
            self.assertIsNone(json.loads(e2m("explain", "--json",
                                             data=wire).stdout)["rejection"])
