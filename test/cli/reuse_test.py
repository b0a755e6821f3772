# SPDX-License-Identifier: BSD-3-Clause
"""Keys kept in a file."""

import json
import os
import stat
import tempfile

from cli import ALICE, BOB, SS1, Case, e2m


ANSWER = """MESSAGE sip:%s SIP/2.0
Via: SIP/2.0/TCP b.example;branch=z9hG4bK1
Max-Forwards: 70
From: <sip:%s>;tag=b
To: <sip:%s>
Call-ID: %%s@biloxi.example.com
CSeq: 1 MESSAGE
Content-Type: text/plain
Content-Length: 4

Done""" % (ALICE, BOB, ALICE)


class Reuse(Case):
    """A conversation under kept keys; Bob holds no certificate but his own."""

    def state(self, who):
        return os.path.join(self.folder.name, who)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def answer(self, call, *more):
        plain = (ANSWER % call).replace("\n", "\r\n").encode()
        return e2m("seal", "--as", self.file(BOB + ".pem"), "--reuse", self.state("bob"),
                   *more, data=plain)

    def read(self, role, who, sealed):
        """How the content key came; None when it was not read."""
        args = [role, "--as", self.file((SS1 if who == "ss1" else who) + ".pem"), "--trust",
                self.file("ca.crt"), "--reuse", self.state(who.split("@")[0])]
        args += ["--name", SS1, "--json"] if role == "inspect" else ["--json", "-"]
        got = e2m(*args, data=sealed)
        return json.loads(got.stdout)["parts"][0]["encryption"]["recipient"] \
            if got.returncode == 0 else None

    def first(self, *more):
        sealed = self.seal("--reuse", self.state("alice"), *more)
        self.assertEqual(sealed.returncode, 0, sealed.stderr)
        self.assertEqual(self.read("inspect", "ss1", sealed.stdout), "ecdh")
        self.assertEqual(self.read("open", BOB, sealed.stdout), "ecdh")

    def test_conversation(self):
        self.first()
        for n in range(3):
            back = self.answer("c%d" % n)
            self.assertEqual(back.returncode, 0, back.stderr)
            self.assertEqual(self.read("inspect", "ss1", back.stdout), "kek")
            self.assertEqual(self.read("open", ALICE, back.stdout), "kek")
        again = self.seal("--reuse", self.state("alice"))
        self.assertEqual(self.read("inspect", "ss1", again.stdout), "kek")
        self.assertEqual(self.read("open", BOB, again.stdout), "kek")

    def test_nothing_to_reuse(self):
        self.says(self.answer("c"), 6, "no key of an earlier message")
        self.first()
        os.unlink(self.state("ss1"))
        back = self.answer("c").stdout
        self.assertIsNone(self.read("inspect", "ss1", back))
        self.says(e2m("open", "--as", self.file(ALICE + ".pem"), "--trust",
                      self.file("ca.crt"), data=back), 4, "cannot decrypt")

    def test_renew(self):
        self.first()
        self.first("--renew")

    def test_accept(self):
        self.first()
        self.says(self.answer("c", "--accept", "ss9.example.com"), 6, "no key")
        self.assertEqual(self.answer("c", "--accept", SS1).returncode, 0)

    def test_state_file(self):
        self.first()
        for who in ("alice", "ss1", "bob"):
            mode = stat.S_IMODE(os.stat(self.state(who)).st_mode)
            self.assertEqual(mode, 0o600)
        os.chmod(self.state("bob"), 0o640)
        self.says(self.answer("c"), 6, "others may read")

    def test_damaged_state_is_no_key(self):
        self.first()
        with open(self.state("bob"), "r+b") as f:
            f.write(os.urandom(200))
        got = self.answer("c")
        self.assertIn(got.returncode, (0, 6))
        if got.returncode == 0:
            self.assertIsNone(self.read("open", ALICE, got.stdout))
