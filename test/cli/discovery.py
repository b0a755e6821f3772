# SPDX-License-Identifier: BSD-3-Clause
"""A proxy that demands, and a sender who learns."""

import json
import os
import tempfile
import time

from cli import ALICE, BOB, SS1, Case, e2m, message

OTHER = "ss2.atlanta.example.com"
OPEN = 'rules = ( { middle = "@own"; view = [ "*" ]; verify = [ "*" ]; } );\nlifetime = 3600;\n'


class Discovery(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert e2m("pki", "issue", cls.dir, OTHER).returncode == 0
        cls.foreign = os.path.join(cls.tmp.name, "foreign")
        assert e2m("pki", "init", cls.foreign).returncode == 0
        assert e2m("pki", "issue", cls.foreign, SS1).returncode == 0

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.now = int(time.time())
        self.policy = self.put("policy.conf", OPEN)
        self.learned = self.own("learned")

    def own(self, name):
        return os.path.join(self.folder.name, name)

    def put(self, name, text):
        with open(self.own(name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return self.own(name)

    def for_bob(self, *more, plain="message", now=0):
        got = e2m("seal", "--as", self.file(ALICE + ".pem"), "--to", self.file(BOB + ".crt"),
                  "--at", str(now or self.now), *more, data=message(plain))
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        return got.stdout

    def with_lessons(self, plain="message", **more):
        return self.for_bob("--policy", self.policy, "--learned", self.learned, "--trust",
                            self.file("ca.crt"), plain=plain, **more)

    def as_proxy(self, command, wire, *more, host=SS1, key=None):
        return e2m(command, "--as", key or self.file(host + ".pem"), "--name", host, "--trust",
                   self.file("ca.crt"), *more, data=wire)

    def demand(self, wire, *more, require="view=*", **who):
        got = self.as_proxy("refuse", wire, "--at", str(self.now), "--require", require,
                            *more, **who)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        return got.stdout

    def learn(self, answer, *more, plain="message", now=0):
        return e2m("learn", "--trust", self.file("ca.crt"), "--policy", self.policy,
                   "--learned", self.learned, "--request", self.put("plain", message(plain)),
                   "--at", str(now or self.now), *more, data=answer)

    def reads(self, wire, *more, host=SS1):
        """What the proxy reads of a message; None when it is not for it."""
        got = self.as_proxy("inspect", wire, "--at", str(self.now), "--json", *more, host=host)
        return json.loads(got.stdout)["parts"] if got.returncode == 0 else None

    def denies(self, got, pattern):
        """Refused, in one line, and nothing is kept."""
        self.assertEqual(got.returncode, 5, got)
        self.assertRegex(got.stderr.decode(), r"\Ae2m: .+ at .+ \(.+\)\n\Z")
        self.assertIn(pattern, got.stderr.decode())
        self.assertFalse(os.path.exists(self.learned))
